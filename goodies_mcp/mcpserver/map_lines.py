"""What is on the map of a home, as text for who cannot see it."""

from collections.abc import Iterator

from goodies_mcp.graph.home_map import MapIndex
from goodies_mcp.mcpserver.addresses import map_uri
from goodies_mcp.mcpserver.wording import quoted, word


def map_index(result: MapIndex) -> Iterator[str]:
    """Floors with their rooms, and where the picture is."""
    home = result.home
    when = f" as of {word(result.at)}" if result.at else ""
    where = f" in {quoted(home.where)}" if home.where else ""
    yield f"Map of {word(home.type)} {quoted(home.name)} id={word(home.id)}{where}{when}: {result.devices} devices"
    for floor in result.floors:
        yield f"- {quoted(floor.name) if floor.name else 'rooms in no zone'} id={word(floor.id)}"
        for room in floor.rooms:
            yield f"  - {quoted(room.name)} id={word(room.id)}: {room.devices} devices"
    yield f"The picture is the resource {map_uri(home.id)}; hosts that show MCP Apps show it beside this answer."
