"""*Test Connection*: one cheap read with the stored connection, told in a sentence (C1)."""

from dataclasses import dataclass

from listwright.channels.protocol import Exchange
from listwright.channels.registry import channel
from listwright.common.clock import SystemClock
from listwright.common.errors import AccessDenied, ChannelError, RateLimited, Unavailable
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.engine.exchanges import ExchangeRecorder
from listwright.sync.engine.fenced import FencedAdapter


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether the connection works. `code` is `ok` or the failure's, `message` for people, with the remedy."""

    ok: bool
    code: str
    message: str
    request_id: str = ""


def probe(*, company: Company) -> Probe:
    """Ask Back Market with the stored connection. Raises NotReady while the company is not connected."""
    account = companies.account(company)
    connection = companies.connection(account)
    recorder = ExchangeRecorder(SystemClock())
    recorder.start()

    def record(exchange: Exchange) -> None:
        recorder.take(account.pk, exchange)

    try:
        adapter = channel(account.channel).connect(connection, record)
        try:
            FencedAdapter(adapter, lambda: None).probe()  # needs no lease: a read, once
        finally:
            adapter.close()
    except ChannelError as error:
        return Probe(False, error.code, _sentence(error), error.request_id)
    finally:
        recorder.stop()
    where = account.sandbox_url if account.environment == "sandbox" else f"{account.environment}, {account.region}"
    return Probe(True, "ok", f"Back Market ({where}) accepts this connection.")


def _sentence(error: ChannelError) -> str:
    match error:
        case AccessDenied():
            return f"Back Market does not accept this connection: {error.message} Check token and region."
        case RateLimited():
            return f"Back Market asks to wait, so the connection could not be tried: {error.message}"
        case Unavailable():
            return f"Back Market cannot be reached: {error.message}"
        case _:
            return f"Back Market answered, but not as expected: {error.message}"
