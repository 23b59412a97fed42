"""The channels there are, by code."""

from listwright.channels.protocol import Channel


def channel(code: str) -> Channel:
    """The channel of that code; raises KeyError naming it when there is none."""
    from listwright.channels.backmarket import CHANNEL

    channels: dict[str, Channel] = {CHANNEL.code: CHANNEL}
    return channels[code]
