"""An agent with tools of its own that put callers through, with what the SDK has for it."""

from agents import attendant, sdk


class Workshop(attendant.Attendant):
    """Knows the workshop's telephone."""

    @sdk.tool(description="Put the caller through to the workshop for a moment.")
    def ring_workshop(self) -> object:
        """The caller comes back when the workshop hangs up."""
        return sdk.Result("Ringing the workshop.").say("One moment.").connect("+12025550155", final=False)

    @sdk.tool(description="Put the caller through to a number that they say.")
    def ring_number(self, number: str) -> object:
        """The caller does not come back."""
        return sdk.Result("Ringing.").connect(number)

    @sdk.tool(description="Ring a person at a number that the caller says, while the caller holds.")
    def ask_number(self, number: str) -> object:
        """Nothing is heard of the call to that number."""
        screen = "https://workshop.example/screen"
        return sdk.Result("Please hold.").hold(60).rpc_dial(number, "+12025550100", screen)
