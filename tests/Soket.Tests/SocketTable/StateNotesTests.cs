using System.Net;
using Soket.Languages;
using Soket.SocketTable;
using Xunit;

namespace Soket.Tests.SocketTable;

/// <summary>Whose turn it is, where that is seen only with the machine's other sockets in view.</summary>
public sealed class StateNotesTests
{
    private static readonly SocketEntry Full = new()
    {
        Protocol = "tcp", State = SocketTableState.Listen, Local = IPEndPoint.Parse("127.0.0.1:8080"), ReceiveQueue = 2, SendQueue = 1, Inode = 7, Holders = [new(812, "server", 6)],
    };

    private static readonly SocketEntry Waiting = new() { Protocol = "tcp", State = SocketTableState.Established, Local = IPEndPoint.Parse("127.0.0.1:8080"), Remote = IPEndPoint.Parse("127.0.0.1:50000"), Inode = 0 };
    private static readonly SocketEntry Dialling = new() { Protocol = "tcp", State = SocketTableState.SynSent, Local = IPEndPoint.Parse("127.0.0.1:50001"), Remote = IPEndPoint.Parse("127.0.0.1:8080"), Inode = 9, Holders = [new(900, "client", 3)], Timer = new("retransmit", TimeSpan.FromSeconds(1), 1) };

    [Fact]
    public void A_SYN_to_a_full_queue_of_this_machine_waits_for_the_program_there()
    {
        StateNote note = Assert.Single(StateNotes.Of(Dialling, Language.English, null, [Full, Waiting, Dialling]));
        Assert.Equal(("syn-sent-full", Turn.Program), (note.Key, note.Turn));
        Assert.Contains("server (PID 812): it must call accept()", note.Text, StringComparison.Ordinal);
        Assert.Contains("(2 of 1)", note.Text, StringComparison.Ordinal);

        // Room in the queue, another machine, or no table to look at: nothing is claimed.
        SocketEntry roomy = Full with { ReceiveQueue = 0 };
        SocketEntry elsewhere = Dialling with { Local = IPEndPoint.Parse("192.168.1.5:50001"), Remote = IPEndPoint.Parse("192.168.1.9:8080") };
        Assert.Equal("syn-sent", Assert.Single(StateNotes.Of(Dialling, Language.English, null, [roomy, Dialling])).Key);
        Assert.Equal("syn-sent", Assert.Single(StateNotes.Of(elsewhere, Language.English, null, [Full with { Local = IPEndPoint.Parse("0.0.0.0:8080") }, elsewhere])).Key);
        StateNote alone = Assert.Single(StateNotes.Of(Dialling, Language.English));
        Assert.Equal("syn-sent", alone.Key);
        Assert.Contains("sent again once", alone.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Language.English, "no program has it yet: it waits for accept() at 127.0.0.1:8080. Turn of server (PID 812)")]
    [InlineData(Language.Indonesian, "belum ada program yang memegangnya: ia menunggu accept() di 127.0.0.1:8080. Giliran server (PID 812)")]
    public void A_connection_nobody_has_accepted_waits_for_that(Language language, string words)
    {
        StateNote note = Assert.Single(StateNotes.Of(Waiting, language, null, [Full, Waiting]));
        Assert.Equal(("not-accepted", Turn.Program), (note.Key, note.Turn));
        Assert.Contains(words, note.Text, StringComparison.Ordinal);
        Assert.Empty(StateNotes.Of(Waiting, language, null, [Waiting])); // whose it is cannot be told
        Assert.Empty(StateNotes.Of(Waiting with { Inode = 5, Holders = [new(812, "server", 7)] }, language, null, [Full]));

        SocketEntry left = Waiting with { State = SocketTableState.CloseWait };
        Assert.Equal("close-wait-not-accepted", Assert.Single(StateNotes.Of(left, language, null, [Full, left])).Key);
        Assert.Equal("close-wait", Assert.Single(StateNotes.Of(left with { Inode = 5 }, language, null, [Full, left])).Key);
    }
}
