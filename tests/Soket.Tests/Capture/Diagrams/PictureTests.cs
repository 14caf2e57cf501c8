using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Soket.Capture.Diagrams;
using Soket.Languages;
using Soket.Tests.Events;
using Xunit;

namespace Soket.Tests.Capture.Diagrams;

/// <summary>The diagram as SVG, as a page and as JSON; how the first two look is tried in a browser, by the tests of the command line.</summary>
public sealed partial class PictureTests
{
    public static TheoryData<string> Stories => [.. TraceStories.All.Keys];

    [Theory, MemberData(nameof(Stories))]
    public void A_picture_is_well_formed_and_needs_nothing_besides_itself(string story)
    {
        foreach (Language language in Enum.GetValues<Language>())
        {
            string svg = SvgDiagram.Draw([TraceStories.All[story]().Diagram()], new() { Language = language });
            XDocument document = XDocument.Parse(svg);
            Assert.DoesNotContain(document.Descendants(), element => element.Name.LocalName is "script" or "image" or "use" or "a" or "foreignObject");
            Assert.DoesNotContain(document.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName is "href" or "src");
            Assert.Empty(Address().Matches(svg.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal)));
        }
    }

    [Theory, MemberData(nameof(Stories))]
    public void A_page_runs_no_script_loads_nothing_and_shows_every_row(string story)
    {
        ConversationDiagram diagram = TraceStories.All[story]().Diagram();
        string page = HtmlDiagram.Draw([diagram], new());
        // Only what the page itself is made of may be an element.
        Assert.Empty(Element().Matches(page).Select(match => match.Groups[1].Value).Distinct().Except(
            ["html", "head", "meta", "title", "link", "style", "body", "main", "h1", "h3", "section", "p", "table", "caption", "thead", "tbody", "tr", "th", "td", "div", "span", "b", "bdi", "ul", "ol", "li", "details", "summary"]));
        Assert.Empty(Address().Matches(page));
        Assert.DoesNotContain("<style></style>", page);
        string style = page.Split("<style>")[1].Split("</style>")[0];
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'", page);
        Assert.Contains("default-src 'none'", page);
        int notes = diagram.Conversation is { Kind: Soket.Capture.ConversationKind.Tcp, SawBeginning: false } ? 1 : 0;
        Assert.Equal(diagram.Rows.Count + notes, page.Split("<tr class=").Length - 1);
    }

    [Fact]
    public void A_peers_words_are_text_and_nothing_else()
    {
        string page = HtmlDiagram.Draw([TraceStories.Hostile().Diagram()], new()), svg = SvgDiagram.Draw([TraceStories.Hostile().Diagram()], new());
        foreach (string drawn in (ReadOnlySpan<string>)[page, svg])
        {
            Assert.DoesNotContain("<script", drawn);
            Assert.DoesNotContain("<img", drawn);
            Assert.DoesNotContain(drawn, static c => char.GetUnicodeCategory(c) is UnicodeCategory.Format || (char.IsControl(c) && c != '\n'));
        }

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page);
        Assert.Contains("\\u{202e}abc", page);
        Assert.Contains("\\x1b[2J", page);
        Assert.Contains("&quot;&amp;amp;&#39; 世界 שלום", page);
    }

    [Fact]
    public void Several_conversations_stand_on_one_page_with_a_way_to_each()
    {
        TraceStory first = TraceStories.Echo();
        var second = new TraceStory(Soket.Capture.ConversationKind.Udp);
        second.At(0).Datagram(true, "satu");
        string page = HtmlDiagram.Draw([first.Diagram(), second.Diagram()], new() { Language = Language.Indonesian });
        Assert.Contains("<html lang=\"id\">", page);
        Assert.Contains("<a href=\"#c1\">Percakapan TCP 1: 127.0.0.1:53122 dengan 127.0.0.1:8080</a>", page);
        Assert.Contains("Percakapan UDP 1", SvgDiagram.Draw([first.Diagram(), second.Diagram()], new() { Language = Language.Indonesian }));
        Assert.Contains("no TCP or UDP packet", HtmlDiagram.Draw([], new()));
        Assert.Contains("no TCP or UDP packet", SvgDiagram.Draw([], new()));
    }

    [Theory, MemberData(nameof(Stories))]
    public void Without_times_none_is_shown(string story)
    {
        ConversationDiagram diagram = TraceStories.All[story]().Diagram();
        Assert.DoesNotContain("class=\"time\"", HtmlDiagram.Draw([diagram], new() { Times = false }));
        Assert.DoesNotContain("class=\"time\"", SvgDiagram.Draw([diagram], new() { Times = false }));
    }

    [Theory, MemberData(nameof(Stories))]
    public void As_JSON_it_fits_the_schema(string story)
    {
        JsonElement json = Json(TraceStories.All[story]().Diagram());
        Assert.Null(SchemaCheck.Load().Problem(json));
        Assert.Null(SchemaCheck.Load().Problem(json, "diagram"));
    }

    [Fact]
    public void As_JSON_it_says_what_the_drawing_says()
    {
        JsonElement json = Json(TraceStories.EchoWithCalls(inferred: true).Diagram());
        Assert.Equal("tcp://127.0.0.1:53122", json.GetProperty("initiator").GetString());
        JsonElement row = json.GetProperty("rows").EnumerateArray().Single(row => row.TryGetProperty("length", out JsonElement length) && length.GetInt32() == 5 && row.GetProperty("from").GetString() == "initiator");
        Assert.Equal("""{"seq":1,"ack":1,"length":5}""", $$"""{"seq":{{row.GetProperty("seq")}},"ack":{{row.GetProperty("ack")}},"length":{{row.GetProperty("length")}}}""");
        Assert.Equal(["PSH", "ACK"], row.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()!));
        Assert.True(row.GetProperty("inferred").GetBoolean());
        Assert.Equal("send", row.GetProperty("initiator_calls")[0].GetProperty("call").GetString());
        Assert.Equal("recv", row.GetProperty("responder_calls")[0].GetProperty("call").GetString());
        JsonElement bulk = Json(TraceStories.Bulk().Diagram());
        JsonElement fold = bulk.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("row").GetString() == "fold");
        Assert.Equal(1495, fold.GetProperty("packets").GetInt32());
        Assert.Equal(3, fold.GetProperty("marks").GetProperty("retransmission").GetInt32());
    }

    private static JsonElement Json(ConversationDiagram diagram)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            JsonDiagram.Write(json, diagram);
        return JsonDocument.Parse(bytes.ToArray()).RootElement;
    }

    [GeneratedRegex(@"https?://|url\(|@import")]
    private static partial Regex Address();

    [GeneratedRegex(@"<([a-z][a-z0-9]*)\b")]
    private static partial Regex Element();
}
