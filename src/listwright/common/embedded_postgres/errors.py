"""What can go wrong with the embedded PostgreSQL. The message is for the person who started the program."""


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be had; the message says why and what to do."""


class FolderInUseError(EmbeddedPostgresError):
    """Another program runs on this data folder. `pid` is its process id, None when it has not written it yet."""

    def __init__(self, message: str, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid
