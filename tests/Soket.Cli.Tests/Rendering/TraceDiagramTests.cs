using System.Globalization;
using System.Text.RegularExpressions;
using Soket.Capture.Diagrams;
using Soket.Cli.Rendering;
using Soket.Cli.Rendering.Diagram;
using Soket.Languages;
using Soket.Tests.Capture.Diagrams;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed partial class TraceDiagramTests
{
    public static TheoryData<string> Stories => [.. TraceStories.All.Keys];

    [Theory, MemberData(nameof(Stories))]
    public void A_story_in_English(string story) => Snapshot.Matches($"trace-{story}.80.en", Draw(story, new()));

    [Theory, MemberData(nameof(Stories))]
    public void A_story_in_Indonesian_and_wide(string story) => Snapshot.Matches($"trace-{story}.120.id", Draw(story, new() { Width = 120, Language = Language.Indonesian }));

    [Theory, MemberData(nameof(Stories))]
    public void A_story_in_ASCII_and_narrow_without_times(string story) => Snapshot.Matches($"trace-{story}.60.ascii", Draw(story, new() { Width = 60, Unicode = false, Times = false }));

    [Theory, MemberData(nameof(Stories))]
    public void No_line_is_wider_than_asked_for_and_none_holds_what_a_terminal_obeys(string story)
    {
        foreach (int width in (ReadOnlySpan<int>)[0, 60, 61, 73, 80, 99, 120, 160, 500])
        {
            foreach ((bool unicode, bool times) in (ReadOnlySpan<(bool, bool)>)[(true, true), (true, false), (false, true)])
            {
                Assert.All(Draw(story, new() { Width = width, Unicode = unicode, Times = times, Language = (Language)(width % 2) }), line =>
                {
                    Assert.True(TextWidth.Of(line) <= Math.Clamp(width, 60, 160), line);
                    Assert.DoesNotContain(line, static c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format);
                    if (!unicode)
                        Assert.DoesNotContain(line, static c => !char.IsAscii(c));
                });
            }
        }
    }

    [Theory, MemberData(nameof(Stories))]
    public void The_lanes_are_straight(string story)
    {
        foreach (int width in (ReadOnlySpan<int>)[60, 80, 120])
        {
            DiagramLayout layout = DiagramLayout.Of(TraceStories.All[story]().Diagram(), new() { Width = width });
            IReadOnlyList<string> lines = Draw(story, new() { Width = width });
            int left = layout.TimeColumns + layout.LeftColumns, right = left + 1 + layout.MiddleColumns;
            foreach (string line in lines.Skip(layout.Headings.Count).Take(layout.Rows.Sum(row => row.Height)))
            {
                Assert.Contains(At(line, left), "│┊");
                Assert.Contains(At(line, right), "│┊");
            }
        }
    }

    [Fact]
    public void Colour_adds_sequences_and_changes_no_text()
    {
        IReadOnlyList<string> plain = Draw("echo-calls", new()), coloured = Draw("echo-calls", new() { Ink = new Ink(true) });
        Assert.NotEqual(plain, coloured);
        Assert.Equal(plain, coloured.Select(line => Colour().Replace(line, "").TrimEnd()));
    }

    [Fact]
    public void The_handshake_is_as_on_the_slide()
    {
        string drawing = string.Join('\n', Draw("echo", new() { Width = 100 }));
        int at = 0;
        foreach (string part in (ReadOnlySpan<string>)["SYN seq=0 win=65495 mss=65495", "[SYN_SENT]", "SYN, ACK seq=0 ack=1", "[SYN_RECV]", "ACK seq=1 ack=1", "[ESTABLISHED]", "PSH, ACK seq=1 ack=1 len=5", "FIN, ACK seq=6 ack=6", "[TIME_WAIT]"])
        {
            int next = drawing.IndexOf(part, at, StringComparison.Ordinal);
            if (next < 0)
                next = drawing.IndexOf(part, StringComparison.Ordinal); // a state may stand on the line of its arrow, left of it
            Assert.True(next >= 0, $"'{part}' is not in:\n{drawing}");
            at = part[0] == '[' ? at : next;
        }
    }

    [Fact]
    public void Of_several_conversations_each_line_of_the_legend_is_said_once()
    {
        List<string> legend = [];
        foreach (string story in (ReadOnlySpan<string>)["echo-inferred", "echo", "beginning-missed", "udp"])
            legend.AddRange(TraceDiagram.Legend(TraceStories.All[story]().Diagram(), new()).Except(legend));
        Assert.Equal(
            [
                "", "┄ inferred, not captured", "states: concluded from the calls", "seq, ack: counted from the SYN of each end", "times in ms since the start",
                "states: concluded from the packets", "seq, ack: counted from the first segment captured of each end",
            ],
            legend);
    }

    private static IReadOnlyList<string> Draw(string story, DiagramOptions options) => TraceDiagram.Draw(TraceStories.All[story]().Diagram(), options);

    // By columns, not by characters.
    private static char At(string line, int column)
    {
        int used = 0;
        foreach (System.Text.Rune rune in line.EnumerateRunes())
        {
            if (used == column)
                return (char)rune.Value;
            used += TextWidth.Of(rune);
        }

        return ' ';
    }

    [GeneratedRegex("\u001b\\[[0-9]*m")]
    private static partial Regex Colour();
}
