"""What is said and asked in the demo: a person's sentence, the tool that an assistant would call, and its arguments.

``{batch}`` and the like in arguments are filled from earlier answers, ``{before}`` with the moment the demo began.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange. ``keep`` maps a name to the key of the structured answer that later turns refer to."""

    said: str
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    fails: bool = False


SESSION = (
    Turn("What do you know about my home?", "get_home_overview"),
    Turn("What is switched on?", "get_home_state", {"capability": "on_off", "only": "on", "limit": 8}),
    Turn("Anything I should worry about with batteries?", "get_home_state", {"only": "low_battery"}),
    Turn("What needs doing in the next month?", "what_is_due"),
    Turn("The boiler shows F28. What was that again?", "search_entities", {"query": "F28 ignition", "limit": 3}),
    Turn("And what do I do about it?", "get_procedures_for_device", {"device": "boiler"}),
    Turn("Where is the termostat?", "search_entities", {"query": "termostat", "limit": 3}),
    Turn("How do I get from Mia's room to the shed?", "find_path", {"from": "Mia's room", "to": "Shed"}),
    Turn(
        "And with grandma's walker?", "find_path", {"from": "Mia's room", "to": "Living room", "accessible_only": True}
    ),
    Turn("What can the living room light do?", "find_device_controls", {"device": "Living room ceiling light"}),
    Turn("Tell me about the lamp.", "get_entity_details", {"entity": "lamp"}, fails=True),
    Turn(
        "Note that Lena replaced the boiler's pump today.",
        "add_note",
        {"text": "Lena replaced the pump. It no longer hums.", "about": "Boiler", "category": "repair"},
    ),
    Turn(
        "The yearly service is done, too.",
        "update_entity",
        {"entity": "Boiler", "changes": {"warranty_until": None, "serviced_by": "Lena Brandt"}},
        keep={"batch": "batch"},
    ),
    Turn("What has changed since we began?", "what_changed", {"since": "{before}"}),
    Turn("No wait, the warranty was right. Undo that.", "undo", {"what": "{batch}"}),
    Turn(
        "What did you know of notes on the boiler before we began?",
        "search_entities",
        {"query": "pump", "at": "{before}", "limit": 3},
    ),
)
