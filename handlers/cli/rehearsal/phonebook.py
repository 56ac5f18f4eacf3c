"""Who is at which number: the directory as somebody with a telephone sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from calls.directory.model import Directory


@dataclass(frozen=True, slots=True)
class Phonebook:
    """`lines`: our numbers (E.164) and who answers each. `names`: an address (E.164 or SIP URI) and whose it is.
    `phones`: a person's key in the directory and all their addresses.
    """

    lines: Mapping[str, str]
    names: Mapping[str, str]
    phones: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, *directories: Directory) -> Self:
        phones: dict[str, tuple[str, ...]] = {}
        names: dict[str, str] = {}
        for directory in directories:
            for key, person in directory.people.items():
                own = tuple(str(address) for address in (person.phone, person.sip) if address)
                phones[key] = (*phones.get(key, ()), *own)
                names |= dict.fromkeys(own, person.name)
        lines = {
            number: f"{line.agent}, {directory.company}" if len(directories) > 1 else line.agent
            for directory in directories
            for number, line in directory.lines.items()
        }
        return cls(lines, names, phones)

    def addresses(self, who: str) -> tuple[str, ...]:
        """The addresses of a person, by key or name, or that address itself. Empty when nobody is called so."""
        if who in self.phones:
            return self.phones[who]
        named = tuple(address for address, name in self.names.items() if name.casefold() == who.casefold())
        return named or ((who,) if who.startswith(("+", "sip:")) else ())
