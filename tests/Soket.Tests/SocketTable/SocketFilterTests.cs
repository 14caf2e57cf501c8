using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Soket.Languages;
using Soket.SocketTable;
using Xunit;

namespace Soket.Tests.SocketTable;

public sealed class SocketFilterTests
{
    private static readonly SocketEntry Listener = new() { Protocol = "tcp", State = SocketTableState.Listen, Local = new IPEndPoint(IPAddress.Loopback, 8080), Holders = [new(812, "nginx", 6)], User = "www-data", UserId = 33 };
    private static readonly SocketEntry Connection = new() { Protocol = "tcp", State = SocketTableState.Established, Local = IPEndPoint.Parse("192.168.1.5:40000"), Remote = IPEndPoint.Parse("10.1.2.3:443"), Holders = [new(900, "curl", 3)], User = "ipin" };
    private static readonly SocketEntry Six = new() { Protocol = "tcp", State = SocketTableState.TimeWait, Local = IPEndPoint.Parse("[::1]:8080"), Remote = IPEndPoint.Parse("[::1]:50000") };
    private static readonly SocketEntry Datagram = new() { Protocol = "udp", State = SocketTableState.Unconnected, Local = IPEndPoint.Parse("0.0.0.0:53") };
    private static readonly SocketEntry Unix = new() { Protocol = "unix", State = SocketTableState.Listen, Local = new UnixDomainSocketEndPoint("/run/app.sock") };
    private static readonly SocketEntry[] All = [Listener, Connection, Six, Datagram, Unix];

    [Theory]
    [InlineData("", "01234")]
    [InlineData(":8080", "02")]
    [InlineData("tcp", "012")]
    [InlineData("TCP listen", "0")]
    [InlineData("listen", "04")]
    [InlineData("state=listen,time-wait", "024")]
    [InlineData("state!=listen", "123")]
    [InlineData("not listen", "123")]
    [InlineData("! listen and tcp", "12")]
    [InlineData("udp or unix", "34")]
    [InlineData("tcp and (listen or time_wait)", "02")]
    [InlineData("not (tcp or udp)", "4")]
    [InlineData("pid=812 or program=CURL", "01")]
    [InlineData("user=www-data", "0")]
    [InlineData("user=33", "0")]
    [InlineData("remote=10.0.0.0/8", "1")]
    [InlineData("remote=10.1.2.3:443", "1")]
    [InlineData("remote=:443", "1")]
    [InlineData("local=127.0.0.1", "0")]
    [InlineData("10.1.2.3", "1")]
    [InlineData("[::1]:8080", "2")]
    [InlineData("::1", "2")]
    [InlineData("localhost", "02")]
    [InlineData("localhost:8080", "02")]
    [InlineData("*:53", "3")]
    [InlineData("port=443", "1")]
    [InlineData("path=app", "4")]
    [InlineData(":8000-8100", "02")]
    [InlineData("port=8000-8100,53", "023")]
    [InlineData("port>8080", "12")]
    [InlineData("port > 8080", "12")]
    [InlineData("port>=8080", "012")]
    [InlineData("port lt 80", "3")]
    [InlineData("port<=53", "3")]
    [InlineData("port!=443", "0234")]
    [InlineData(":https", "1")]
    [InlineData("port=domain", "3")]
    [InlineData("10.1.2.3:https", "1")]
    [InlineData("sport=8080", "02")]
    [InlineData("sport = :8080", "02")]
    [InlineData("sport=:8080", "02")]
    [InlineData("sport eq :8080", "02")]
    [InlineData("sport :8080", "02")]
    [InlineData("sport = :8080 or dport = :https", "012")]
    [InlineData("( sport = :domain or dport == 443 )", "13")]
    [InlineData("dport != :443 and dport gt 1024", "2")]
    [InlineData("dst 10.0.0.0/8", "1")]
    [InlineData("src 127.0.0.1:8080", "0")]
    [InlineData("src = 127.0.0.1", "0")]
    [InlineData("state listen", "04")]
    [InlineData("state time-wait sport = :8080", "2")]
    [InlineData("/run/app.sock", "4")]
    [InlineData("fin-wait-2", "")]
    public void It_finds_what_is_meant(string text, string found)
    {
        Assert.True(SocketFilter.TryParse(text, out SocketFilter? filter, out SocketFilterError? error), error?.ToString());
        Assert.Equal(found, string.Concat(All.Select((socket, i) => filter.Matches(socket) ? i.ToString(System.Globalization.CultureInfo.InvariantCulture) : "")));
    }

    [Theory]
    [InlineData("nonsense", "term", "nonsense")]
    [InlineData("stat=listen", "term", "stat=listen")]
    [InlineData("8080", "port-alone", "8080")]
    [InlineData(":99999", "port-range", ":99999")]
    [InlineData("127.0.0.1:99999", "port-range", "127.0.0.1:99999")]
    [InlineData("port=99999", "port-range", "port=99999")]
    [InlineData("remote=:99999", "port-range", "remote=:99999")]
    [InlineData("comm=nginx", "ss-term", "comm=nginx")]
    [InlineData("sport=", "end", "sport=")]
    [InlineData("state=foo", "state", "foo")]
    [InlineData("pid=x", "number", "pid=x")]
    [InlineData("port=70000", "port-range", "port=70000")]
    [InlineData(":70000", "port-range", ":70000")]
    [InlineData("remote=10.0.0.0/99", "address", "remote=10.0.0.0/99")]
    [InlineData("(tcp", "bracket", "(")]
    [InlineData("tcp)", "bracket", ")")]
    [InlineData("tcp and", "end", "and")]
    [InlineData("not", "end", "not")]
    [InlineData("tcp or (", "end", "(")]
    [InlineData("port=80-", "number", "port=80-")]
    [InlineData("port=90-80", "port-range", "port=90-80")]
    [InlineData(":1-99999", "port-range", ":1-99999")]
    [InlineData(":no-such-service", "service", ":no-such-service")]
    [InlineData("port=no-such-service", "service", "port=no-such-service")]
    [InlineData("port>80-90", "number", "port>80-90")]
    [InlineData("pid>10", "comparison", "pid>10")]
    [InlineData("port>", "end", "port>")]
    [InlineData("sport = :99999", "port-range", "sport=:99999")]
    [InlineData("or tcp", "term", "or")]
    [InlineData("pid=", "end", "pid=")]
    public void What_is_wrong_is_named(string text, string key, string part)
    {
        Assert.False(SocketFilter.TryParse(text, out _, out SocketFilterError? error));
        Assert.Equal((key, part), (error.Key, error.Part));
        foreach (Language language in Enum.GetValues<Language>())
            Assert.DoesNotContain('{', error.Describe(language));
    }

    [Fact]
    public void Brackets_without_end_are_refused_and_take_no_stack()
    {
        Assert.False(SocketFilter.TryParse(new string('(', 100_000), out _, out SocketFilterError? error));
        Assert.Equal("deep", error.Key);
    }

    [Fact]
    public void Any_text_is_a_filter_or_a_mistake()
    {
        string[] pieces = ["tcp", "listen", "not", "and", "or", "(", ")", "!", "!=", "=", "pid", ":", "8080", "[", "]", "::1", "/8", "10.0.0.1", ",", " ", "state", "\0", "*"];
        Gen<string> assembled = Gen.Elements(pieces).ArrayOf().Select(string.Concat);
        Prop.ForAll(Gen.OneOf(assembled, ArbMap.Default.ArbFor<string>().Generator.Select(text => text ?? "")).ToArbitrary(), text =>
        {
            if (SocketFilter.TryParse(text, out SocketFilter? filter, out SocketFilterError? error))
                return All.All(socket => filter.Matches(socket) || !filter.Matches(socket));
            return error.Describe(Language.Indonesian).Length > 0;
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(5_000));
    }

    [Theory]
    [InlineData("lisen", "listen")]
    [InlineData("tcp and establshed", "established")]
    [InlineData("state=time_wiat", "time_wait")]
    [InlineData("stat=listen", "state=listen")]
    [InlineData("prgram!=nginx", "program!=nginx")]
    [InlineData("upd", "udp")]
    public void A_word_that_is_nearly_one_is_answered_with_it(string text, string meant)
    {
        Assert.False(SocketFilter.TryParse(text, out _, out SocketFilterError? error));
        Assert.Contains($"Did you mean {meant}?", error.Describe(Language.English), StringComparison.Ordinal);
        Assert.Contains($"Maksudnya {meant}?", error.Describe(Language.Indonesian), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("comm=nginx", "program=nginx")]
    [InlineData("uid=33", "user=33")]
    public void What_others_call_otherwise_is_said_as_it_is_here_and_is_right(string typed, string meant)
    {
        Assert.False(SocketFilter.TryParse(typed, out _, out SocketFilterError? error));
        Assert.Equal(meant, error.Meant);
        Assert.EndsWith(meant, error.Describe(Language.Indonesian), StringComparison.Ordinal);
        Assert.True(SocketFilter.TryParse(meant, out _, out _));
    }
}
