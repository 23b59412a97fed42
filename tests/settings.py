"""Settings of the test run: the product's own, in a data folder of the run's own. Import-time, before Django looks."""

import os
import tempfile

os.environ.setdefault("LISTWRIGHT_SECRET_KEY", "a key of the tests, which keeps nothing secret")
if "LISTWRIGHT_TEST_DATA_DIR" not in os.environ:  # xdist's workers inherit the one of the main process
    os.environ["LISTWRIGHT_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="listwright-tests-")
os.environ["LISTWRIGHT_DATA_DIR"] = os.environ["LISTWRIGHT_TEST_DATA_DIR"]

from listwright.config.settings import *  # noqa: F403

# A real password hash takes its time, and nearly every test signs somebody in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
