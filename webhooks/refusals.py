"""Why a call wasn't made, or came to nothing."""


class NotCalled(Exception):
    """There is no answer; the message says why, for the webhook's owner."""


class CutOff(NotCalled):
    """This process is to end, so the call was given up: no fault of the receiver."""
