"""PostgreSQL out of the box: a server in the data folder, for those who have none of their own.

    with embedded_postgres(data_dir) as url: ...

The first to come starts the server, the last to leave stops it, and it ends with them however they end.
"""

from .errors import EmbeddedPostgresError, FolderInUseError
from .server import EmbeddedPostgres, default_data_dir, embedded_postgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "FolderInUseError", "default_data_dir", "embedded_postgres"]
