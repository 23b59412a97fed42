"""How passwords are kept: as argon2id."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """With what OWASP's cheat sheet on password storage asks for at least: 19 MiB, two passes, one lane. Django's own
    figures, 100 MiB in eight lanes, keep a small server busy longer than a page may take. Those of before are replaced
    when somebody signs in."""

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1
