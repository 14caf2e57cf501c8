"""How much of everything: the whole suite within 30 minutes, --quick within two."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Load:
    """What the generator does: connections (or UDP sockets), messages on their way on each, bytes of one."""

    connections: int
    in_flight: int
    size: int

    @property
    def name(self):
        return f"({self.connections},{self.in_flight})"

    @property
    def options(self):
        return {"connections": self.connections, "in_flight": self.in_flight, "size": self.size}


@dataclasses.dataclass(frozen=True)
class Plan:
    """One way to run the suite."""

    quick: bool
    rounds: int
    more_rounds: int     # of those whose figures have a limit: a few per cent decide there
    seconds: float       # of a sample
    warm_up: float       # before each sample; what a server needs once is in the catalogue
    echo: tuple
    udp: tuple
    idle: int            # connections
    idle_rounds: int     # of Soket's own servers; the others are asked once
    start_rounds: int


GRID = ((1, 1), (64, 1), (1000, 1), (64, 16))

WHOLE = Plan(
    quick=False, rounds=7, more_rounds=14, seconds=0.4, warm_up=0.1,
    echo=tuple(Load(n, p, size) for size in (64, 4096) for n, p in GRID),
    udp=(Load(1, 1, 64), Load(16, 16, 64)),
    idle=10_000, idle_rounds=3, start_rounds=15,
)

QUICK = Plan(
    quick=True, rounds=3, more_rounds=0, seconds=0.2, warm_up=0.05,
    echo=(Load(1, 1, 64), Load(64, 1, 64), Load(1000, 1, 64), Load(64, 16, 4096)),
    udp=(Load(16, 16, 64),),
    idle=2_000, idle_rounds=1, start_rounds=3,
)
