"""Django's settings, all derived from the environment (docs/reference/environment.md lists every variable)."""

from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from listwright.config import env
from listwright.config.access import ACCESS as ACCESS

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir()
SECRET_KEY = env.secret_key()
DEBUG = False
ALLOWED_HOSTS = [host for host in env.text("LISTWRIGHT_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in env.text("LISTWRIGHT_TRUSTED_ORIGINS").split(",") if origin]
# Behind a proxy that ends TLS, cookies must not travel in the clear.
SECURE_COOKIES = env.flag("LISTWRIGHT_SECURE_COOKIES")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "listwright.web.sessions"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("LISTWRIGHT_BEHIND_PROXY") else None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "listwright.changes",
    "listwright.jobs",
    "listwright.companies",
    "listwright.catalog",
    "listwright.listings",
    "listwright.sync",
    "listwright.bulk",
    "listwright.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "listwright.web.middleware.SecurityHeaders",
    "listwright.api.middleware.Problems",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "listwright.web.repeats.Repeats",
    "django.contrib.messages.middleware.MessageMiddleware",
    "listwright.web.middleware.Readings",
    "listwright.web.middleware.DefaultDeny",
    "listwright.web.middleware.Refusals",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "listwright.config.urls"
WSGI_APPLICATION = "listwright.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "listwright.web.context.shell",
            ],
            "builtins": ["listwright.web.components.tags", "listwright.web.components.compiled"],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's database entry for a libpq address such as `postgresql://user@host:5432/name`."""
    parts = conninfo_to_dict(url)
    options: dict[str, Any] = {
        key: value for key, value in parts.items() if key not in ("user", "password", "host", "port", "dbname")
    }
    # JIT compilation costs more than it gives on short queries. A session that idles in a transaction for so long belongs
    # to a process that was stopped: its locks must not outlive it by more.
    abandoned = int(env.number("LISTWRIGHT_IDLE_TRANSACTION", 60) * 1000)
    ours = f"-c jit=off -c timezone=UTC -c idle_in_transaction_session_timeout={abandoned}"
    options["options"] = f"{options.get('options', '')} {ours}".strip()
    # For the statements that ask for it (changes.prepared); Django would switch it off.
    options["prepare_threshold"] = 5
    if env.flag("LISTWRIGHT_DB_POOL"):
        # A failing attempt to connect is given up soon, for its pauses grow: the next wish for a connection makes a new one.
        size = int(env.number("LISTWRIGHT_DB_POOL_SIZE", 8))
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 10, "reconnect_timeout": 5}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "listwright"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 0 if "pool" in options else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASE_URL = env.text("DATABASE_URL")
DATABASES = {"default": database(DATABASE_URL or "postgresql:///listwright")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["listwright.web.sign_in.PatientBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Who came before there was argon2 is asked with the one they have, and gets the first at the next sign-in.
PASSWORD_HASHERS = ["listwright.config.passwords.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LOGIN_URL = "/sign-in/"
CSRF_FAILURE_VIEW = "listwright.web.answers.forged"
LOGIN_REDIRECT_URL = "/"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
# Served from where they are, by whitenoise; a folder is named only to collect them for another web server.
STATIC_ROOT = env.text("LISTWRIGHT_STATIC_ROOT") or None
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "listwright.web.assets.ContentNamed"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LISTWRIGHT_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

# Sync: seconds unless said otherwise. Heartbeat and rescue are those of rule 7 in docs/explain/architecture.md.
SYNC = {
    "lease_heartbeat": env.number("LISTWRIGHT_LEASE_HEARTBEAT", 2),
    "lease_length": env.number("LISTWRIGHT_LEASE_LENGTH", 6),
    "http_timeout": env.number("LISTWRIGHT_HTTP_TIMEOUT", 4),
    "sweep_interval": env.number("LISTWRIGHT_SWEEP_INTERVAL", 15),
    "quarantine_single": env.number("LISTWRIGHT_QUARANTINE_SINGLE", 30),
    "quarantine_bulk": env.number("LISTWRIGHT_QUARANTINE_BULK", 600),
    "orders_fresh": env.number("LISTWRIGHT_ORDERS_FRESH", 5),
    "poll_first": env.number("LISTWRIGHT_POLL_FIRST", 1),
    "poll_longest": env.number("LISTWRIGHT_POLL_LONGEST", 60),
    "task_patience": env.number("LISTWRIGHT_TASK_PATIENCE", 3600),
    "read_again": env.number("LISTWRIGHT_READ_AGAIN", 5),
    "requests_at_once": int(env.number("LISTWRIGHT_REQUESTS_AT_ONCE", 16)),
    "window_requests": int(env.number("LISTWRIGHT_WINDOW_REQUESTS", 190)),
    "download_interval": env.number("LISTWRIGHT_DOWNLOAD_INTERVAL", 3600),
    "verify_interval": env.number("LISTWRIGHT_VERIFY_INTERVAL", 600),
    "verify_rate": env.number("LISTWRIGHT_VERIFY_RATE", 2),
}
