using System.Net;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Tests.Explain;

/// <summary>A server on this machine tells in its command line what it serves: a client that speaks something else there is told so.</summary>
public sealed class ServedTests
{
    private static readonly IPEndPoint Here = new(IPAddress.Loopback, 8081), There = new(IPAddress.Loopback, 50000);

    [Theory]
    [InlineData("soket serve echo ws://localhost:8081/chat", "ws://localhost:8081/chat")]
    [InlineData("soket serve echo ws://localhost:0", "ws://localhost:8081/")]
    [InlineData("soket serve echo tls://*:8081 -v", "tls://localhost:8081")]
    [InlineData("dotnet Soket.Cli.dll serve http ws://localhost:8081/a ws://[::1]:8081/a", "ws://localhost:8081/a")]
    public void Silence_is_explained_by_what_the_server_serves(string command, string endpoint)
    {
        Explanation told = Silence(command);
        Assert.Equal("served", told.Situation);
        Assert.Contains($"it serves {endpoint}", told.Cause, StringComparison.Ordinal);
        Assert.EndsWith($"`soket connect {endpoint}`", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soket serve echo :8081")]
    [InlineData("soket relay :8081 ws://localhost:8081/chat")] // it is this client's own scheme that is served, and passed on to another
    [InlineData("soket serve echo ws://localhost:8082")]
    [InlineData("soket serve chat ws://localhost:8081/a tls://localhost:8081")] // which of the two?
    [InlineData("server localhost:8081")]
    [InlineData("soket serve echo udp://localhost:8081 unix:/tmp/x.sock")]
    [InlineData(null)]
    public void A_command_line_that_does_not_tell_changes_nothing(string? command) => Assert.Equal("read", Silence(command).Situation);

    [Fact]
    public void A_command_line_is_anybodys_and_what_is_proposed_of_it_runs_nothing()
    {
        Explanation told = Silence("evil ws://localhost:8081/$(reboot)");
        Assert.EndsWith("`soket connect 'ws://localhost:8081/$(reboot)'`", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soket serve echo ws://localhost:8081/chat", "127.0.0.1", "`soket connect ws://localhost:8081/chat`")]
    [InlineData("soket serve echo ws://localhost:8081/chat", "127.0.0.2", "`soket connect tcp://localhost:8081`")] // another server, which has the port on another address
    [InlineData("soket serve echo wss://localhost:8081/chat", "127.0.0.1", "`soket connect tcp://localhost:8081`")]
    [InlineData("soket serve echo tcp://localhost:8081", "0.0.0.0", "`soket connect tcp://localhost:8081`")]
    public void Where_TLS_is_not_spoken_what_is_served_is_proposed(string command, string address, string proposed)
    {
        var context = new FailureContext { Endpoint = "tls://localhost:8081", Transport = "tls", Local = There, Remote = Here, Received = 0 };
        Explanation told = Told(new(SocketCall.TlsHandshake, SystemError.Own("TLS_CLOSED", "closed"), context), new("tcp", new IPEndPoint(IPAddress.Parse(address), 8081), "LISTEN", Server(command)));
        Assert.Equal("tls-closed", told.Code);
        Assert.Contains(proposed, told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("soket serve echo ws://localhost:8081/chat", "`soket connect ws://localhost:8081/chat`")]
    [InlineData("nginx: worker process", "`soket connect ws://localhost:8081/PATH`")]
    public void A_path_that_is_not_there_is_followed_by_the_one_that_is(string command, string proposed)
    {
        var facts = new Dictionary<string, string> { [FailureFacts.HttpStatus] = "404", [FailureFacts.HttpTarget] = "/nope" };
        var context = new FailureContext { Endpoint = "ws://localhost:8081/nope", Transport = "ws", Local = There, Remote = Here, Facts = facts };
        Explanation told = Told(new(SocketCall.WebSocketHandshake, SystemError.Own("WEBSOCKET_REFUSED", "refused"), context), new("tcp", Here, "LISTEN", Server(command)));
        Assert.Equal("not-found", told.Situation);
        Assert.Contains(proposed, told.Remedy, StringComparison.Ordinal);
    }

    private static Explanation Silence(string? command)
    {
        var context = new FailureContext { Endpoint = "tcp://localhost:8081", Transport = "tcp", Local = There, Remote = Here, Sent = 4, Received = 0, Elapsed = TimeSpan.FromSeconds(5) };
        return Told(new(SocketCall.Receive, new("ETIMEDOUT", 110, "Connection timed out"), context), new("tcp", Here, "ESTABLISHED", Server(command)) { Remote = There, ReceiveQueue = 0, SendQueue = 0 });
    }

    private static ProcessFact Server(string? command) => new(7, command, "ani");

    private static Explanation Told(SocketFailure failure, SocketFact socket) => new Explainer(new Sockets(socket)).Explain(failure, Language.English);

    private sealed class Sockets(SocketFact socket) : ISystemFacts
    {
        public int? FirstUnprivilegedPort => 1024;

        public IReadOnlyList<SocketFact>? SocketsOnPort(string protocol, int port) => [socket];

        public IReadOnlyList<SocketFact>? SocketsOnPath(string path) => [];
    }
}
