namespace Soket.Cli.Commands.Bench;

/// <summary>How the page of a run looks. It stands in the page whole, and the page's policy allows nothing else.</summary>
internal static class BenchPageStyle
{
    // Colours are told apart on both grounds (WCAG 2.2 AA: 4.5 to 1), and lines by their dashes as well. A chart on a phone is scrolled and not shrunk.
    public const string Sheet =
        """
        :root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1f24; --quiet: #57606a; --rule: #d0d7de; --one: #0b5a8a; --two: #116329; --three: #8a4600; --four: #b3261e; --area: #dcecf7; --band: #f3f5f7; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #14171a; --ink: #e6e9ec; --quiet: #a3acb5; --rule: #3a4148; --one: #7cc4f4; --two: #7bd88f; --three: #f0c060; --four: #ff9b93; --area: #1c3442; --band: #1d2125; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
        p { overflow-wrap: anywhere; }
        .quiet { color: var(--quiet); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem; padding: 0; margin: 1rem 0; list-style: none; }
        .figures li { background: var(--band); padding: .5rem .7rem; border-radius: .3rem; }
        .figures b { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
        .figures span { color: var(--quiet); }
        .chart { overflow-x: auto; }
        .chart:focus-visible, .wide:focus-visible, summary:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }
        svg { display: block; width: 100%; min-width: 600px; height: auto; font: 12px system-ui, sans-serif; }
        svg text { fill: var(--quiet); } svg .y { text-anchor: end; } svg .x { text-anchor: middle; } svg .axis, svg .last { text-anchor: end; }
        .grid { stroke: var(--rule); }
        polyline, .key line { fill: none; stroke-width: 2; }
        .s1 { stroke: var(--one); } .s2 { stroke: var(--two); stroke-dasharray: 8 3; } .s3 { stroke: var(--three); stroke-dasharray: 3 3; } .s4 { stroke: var(--four); stroke-dasharray: 9 3 2 3; }
        circle { fill: var(--ground); stroke-width: 2; }
        .area { fill: var(--area); }
        .key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .2rem 0; list-style: none; color: var(--quiet); }
        .key svg { display: inline-block; width: 34px; min-width: 34px; height: 8px; vertical-align: middle; margin-right: .4rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .25rem .9rem .25rem 0; vertical-align: top; } th { font-weight: 600; color: var(--quiet); }
        td.n, th.n { text-align: right; white-space: nowrap; }
        tbody tr:nth-child(even) { background: var(--band); }
        .good { color: var(--two); } .bad { color: var(--four); } .warn { color: var(--three); }
        summary { cursor: pointer; color: var(--quiet); }
        @media screen and (max-width: 640px) { [data-hint]::before { content: attr(data-hint); display: block; position: sticky; left: 0; width: fit-content; color: var(--quiet); font-size: .85rem; } }
        @media print { body { background: #fff; color: #000; } }
        """;
}
