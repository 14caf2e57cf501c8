using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Sockets;
using Soket.Cli.Rendering;
using Soket.Cli.Tests.Bench;
using Soket.Explain;
using Soket.SocketTable;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

/// <summary>In records a name that others chose reaches no terminal raw, and is whole.</summary>
public sealed class JsonRecordTests
{
    private const string Path = "/tmp/a\u202eb\u200bc";

    [Fact]
    public void A_socket_of_the_table()
    {
        CliIo io = MadeRuns.Io();
        var view = new SocketView(io, new NoTable(), SocketFilter.All) { Query = new SocketTableQuery(), List = new SocketList(io) };
        var output = new MemoryStream();
        view.Record(output, new SocketEntry { Protocol = "unix", State = SocketTableState.Listen, Local = new UnixDomainSocketEndPoint(Path) });
        Assert.Equal(Path, Read(output).GetProperty("local").GetString());
    }

    [Fact]
    public async Task A_failure()
    {
        var output = new MemoryStream();
        var io = new CliIo { In = new StdinStream(Stream.Null), Out = output, Error = TextWriter.Null, Environment = static _ => null };
        var failure = new SocketFailure(SocketCall.Send, SystemError.Own("ENOTCONN", "words"), new FailureContext { Endpoint = "unix:" + Path });
        await FailureView.TellAsync(failure, io, json: true);
        Assert.Equal("unix:" + Path, Read(output).GetProperty("endpoint").GetString());
    }

    private static JsonElement Read(MemoryStream output)
    {
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.DoesNotContain('\u202e', text);
        Assert.DoesNotContain('\u200b', text);
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private sealed class NoTable : ISocketTable
    {
        public SocketTableSnapshot Read(SocketTableQuery query) => new([], "none", []);
    }
}
