"""A small house that most questions can be asked of: two floors, a garden, devices, papers, routines.

Way through it: Kitchen - Kitchen door - Hall - Stairs - Landing - Bedroom door - Bedroom, Hall - Front door - Porch,
Kitchen = Dining room openly, Kitchen | Window over the sink | Porch. The Shed has no way in.
"""

from dataclasses import dataclass, field

from goodies_mcp.graph.results import Writer
from tests.support.desk import Desk

BUILDER = Writer(client="builder", tool="test")


@dataclass
class House:
    """The desk that the house was built at, and the ids of its things by name."""

    desk: Desk
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def graph(self):
        return self.desk.graph

    async def make(self, entity_type: str, name: str, **arguments) -> str:
        self.ids[name] = await self.desk.make(entity_type, name, **arguments)
        return self.ids[name]

    async def tie(self, source: str, target: str, kind: str, properties=None) -> str:
        return await self.desk.tie(self.ids.get(source, source), self.ids.get(target, target), kind, properties)


async def build_house(desk: Desk) -> House:
    """The house, written through HomeGraph."""
    house = House(desk)
    await _places(house)
    await _openings(house)
    await _devices(house)
    await _papers(house)
    await _routines(house)
    return house


async def _places(house: House) -> None:
    await house.make("home", "Our house")
    await house.make("zone", "Ground floor", content={"zone_type": "floor", "level": 0}, part_of="Our house")
    await house.make("zone", "First floor", content={"zone_type": "floor", "level": 1}, part_of="Our house")
    for room in ("Kitchen", "Dining room", "Hall"):
        await house.make("room", room, located_in="Ground floor")
    for room in ("Landing", "Bedroom"):
        await house.make("room", room, located_in="First floor")
    for room in ("Porch", "Shed"):
        await house.make("room", room, located_in="Our house")


async def _openings(house: House) -> None:
    await opening(house, "door", "Kitchen door", "Kitchen", "Hall", accessible=True)
    await opening(house, "door", "Front door", "Hall", "Porch")
    await opening(house, "door", "Bedroom door", "Landing", "Bedroom")
    await opening(house, "passage", "Stairs", "Hall", "Landing", kind="stairs")
    await opening(house, "window", "Window over the sink", "Kitchen", "Porch")
    await house.tie("Kitchen", "Dining room", "connects_to", {"accessible": True})
    await house.make("window", "Skylight", located_in="Bedroom")


async def opening(house: House, entity_type: str, name: str, one: str, other: str, **content) -> None:
    """An opening between two rooms."""
    await house.make(entity_type, name, content=content)
    await house.tie(name, one, "connects_to")
    await house.tie(name, other, "connects_to")


async def _devices(house: House) -> None:
    light = {"device_type": "light", "manufacturer": "Nordlicht", "model": "NL-40"}
    await house.make(
        "device",
        "Ceiling lamp",
        located_in="Kitchen",
        content={**light, "capabilities": {"on_off": {}, "brightness": {"min": 5}}, "aliases": ["the big light"]},
    )
    await house.make("device", "Bedside lamp", located_in="Bedroom", content={**light, "capabilities": {"on_off": {}}})
    await house.make(
        "device",
        "Dishwasher",
        located_in="Kitchen",
        content={
            "device_type": "dishwasher",
            "manufacturer": "Aquaterm",
            "model": "AQ 600 Eco",
            "warranty_until": "2026-01-20",
            "maintenance": [{"what": "clean the filter", "last": "2025-11-30", "every": "1 month"}],
        },
    )
    await house.make(
        "device",
        "Smoke detector",
        located_in="Landing",
        content={"device_type": "sensor", "capabilities": {"smoke": {}, "battery": {}}},
    )
    await house.make("device", "Wall switch", located_in="Kitchen", content={"device_type": "switch"})
    await house.make("accessory", "Thermostat", located_in="Hall", content={"device_type": "thermostat"})
    await house.make(
        "service", "Thermostat valve", content={"capabilities": {"thermostat": {}}}, part_of=house.ids["Thermostat"]
    )
    await house.make("device", "Lost remote", content={"device_type": "remote"})
    await house.make("app", "Nordlicht app")
    await house.tie("Wall switch", "Ceiling lamp", "controls")
    await house.tie("Ceiling lamp", "Nordlicht app", "controlled_by_app")


async def _papers(house: House) -> None:
    await house.make("procedure", "Descale the dishwasher", content={"steps": ["Empty it", {"text": "Run vinegar"}]})
    await house.tie("Descale the dishwasher", "Dishwasher", "procedure_for")
    await house.make("manual", "Kitchen appliances", content={"text": "Covers the AQ 600 Eco and its siblings."})
    await house.make("note", "Kitchen floor", content={"text": "Never leave water standing on the oak."})
    await house.tie("Kitchen", "Kitchen floor", "documented_by")
    await house.make("note", "Noise", content={"text": "It hums since the summer."})
    await house.tie("Dishwasher", "Noise", "documented_by")


async def _routines(house: House) -> None:
    await house.make(
        "automation",
        "Evening light",
        content={"triggers": ["sunset"], "actions": ["Ceiling lamp on"], "enabled": False},
    )
    await house.tie("Evening light", "Ceiling lamp", "automates")
    await house.make("schedule", "Morning heat", content={"time": "06:30", "days": ["mon", "fri"]})
    await house.tie("Morning heat", "Thermostat", "automates")
    await house.make("scene", "Cinema", content={"description": "Dims everything"}, located_in="Dining room")
