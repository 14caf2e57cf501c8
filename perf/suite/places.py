"""Where things are."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build/perf"
REFERENCE = BUILT / "reference"
PEERS = ROOT / "perf/peers"
SERVERS = ROOT / "perf/servers/bin/Release/net10.0/servers"
SOKET = ROOT / "src/Soket.Cli/bin/Release/net10.0/Soket.Cli.dll"
SAMPLES = ROOT / "docs/performance"
QUICK = BUILT / "quick"
PAGES = {"en": ROOT / "docs/performance.md", "id": ROOT / "docs/performance.id.md"}
