using System.Buffers;
using System.Globalization;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Connections;
using Soket.Cli.Rendering;
using Soket.Cli.Rendering.Diagram;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;
using Soket.Transports;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class SequenceDiagramTests
{
    [Fact]
    public void An_echo_with_both_ends_seen() => Snapshot.Matches("diagram-echo.80.en", SequenceDiagram.Draw(Story.Echo().Recorded));

    [Fact]
    public void An_echo_in_Indonesian_and_wide() => Snapshot.Matches("diagram-echo.110.id", SequenceDiagram.Draw(Story.Echo().Recorded, new() { Width = 110, Language = Language.Indonesian }));

    [Fact]
    public void An_echo_in_ASCII_and_narrow() => Snapshot.Matches("diagram-echo.60.ascii", SequenceDiagram.Draw(Story.Echo().Recorded, new() { Width = 60, Unicode = false }));

    [Fact]
    public void An_echo_seen_from_the_client_only() =>
        Snapshot.Matches("diagram-echo.client-only", SequenceDiagram.Draw([.. Story.Echo().Recorded.Where(recorded => recorded.Event.Role == SocketRole.Client)]));

    [Fact]
    public void An_echo_seen_from_the_server_only() =>
        Snapshot.Matches("diagram-echo.server-only", SequenceDiagram.Draw([.. Story.Echo().Recorded.Where(recorded => recorded.Event.Role != SocketRole.Client)]));

    [Fact]
    public void Pieces_that_differ_at_the_two_ends_and_a_reset() => Snapshot.Matches("diagram-pieces", SequenceDiagram.Draw(Story.PiecesAndReset().Recorded));

    [Fact]
    public void An_end_that_is_read_after_the_own_one_was_made_stands_where_it_was_read() => Snapshot.Matches("diagram-end-read-late", SequenceDiagram.Draw(Story.EndReadLate().Recorded));

    [Fact]
    public void A_refused_connection() => Snapshot.Matches("diagram-refused", SequenceDiagram.Draw(Story.Refused().Recorded));

    [Fact]
    public void Datagrams_answered_lost_and_truncated() => Snapshot.Matches("diagram-udp", SequenceDiagram.Draw(Story.Udp().Recorded));

    [Fact]
    public void Datagrams_from_one_end_only() => Snapshot.Matches("diagram-udp-alone", SequenceDiagram.Draw(Story.UdpAlone().Recorded, new() { Language = Language.Indonesian }));

    [Fact]
    public void A_Unix_stream_has_no_packets() => Snapshot.Matches("diagram-unix", SequenceDiagram.Draw(Story.Unix().Recorded));

    [Fact]
    public void TLS_with_its_plain_text() => Snapshot.Matches("diagram-tls", SequenceDiagram.Draw(Story.Tls(plainText: true).Recorded));

    [Fact]
    public void TLS_of_which_only_the_cipher_text_is_known() => Snapshot.Matches("diagram-tls-encrypted", SequenceDiagram.Draw(Story.Tls(plainText: false).Recorded));

    [Fact]
    public void A_close_that_resets_a_handshake_that_fails_and_an_address_that_is_silent() => Snapshot.Matches("diagram-trouble", SequenceDiagram.Draw(Story.Trouble().Recorded));

    [Fact]
    public void Nothing_recorded_draws_nothing() => Assert.Empty(SequenceDiagram.Draw([]));

    [Fact]
    public void What_was_told_in_another_order_is_drawn_in_the_same()
    {
        // The server's receive may be told before the send it answers to.
        List<RecordedEvent> swapped = [.. Story.Echo().Recorded];
        int send = swapped.FindIndex(recorded => recorded.Event is { Call: SocketCall.Send, Role: SocketRole.Client });
        int receive = swapped.FindIndex(recorded => recorded.Event is { Call: SocketCall.Receive, Role: SocketRole.Server, Moved: > 0 });
        long first = swapped[send].Event.Sequence, second = swapped[receive].Event.Sequence;
        swapped[send] = swapped[send] with { Event = swapped[send].Event with { Sequence = second } };
        swapped[receive] = swapped[receive] with { Event = swapped[receive].Event with { Sequence = first } };
        Assert.Equal(SequenceDiagram.Draw(Story.Echo().Recorded), SequenceDiagram.Draw(swapped));
    }

    [Fact]
    public async Task A_real_exchange_shows_every_call_of_both_ends_and_every_byte_arriving()
    {
        var recording = new RecordingObserver();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var transport = new ManagedTransport(new() { Events = new SocketEvents(recording), ReceiveSize = 1024 });
        await using (IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), cancel))
        {
            Task serving = EchoOnceAsync(listener, cancel);
            await using ConnectionContext client = await transport.ConnectAsync(listener.EndPoint, cancel);
            await client.Transport.Output.WriteAsync("halo\n"u8.ToArray(), cancel);
            await client.Transport.Output.CompleteAsync();
            while (await client.Transport.Input.ReadAsync(cancel) is { IsCompleted: false } read)
                client.Transport.Input.AdvanceTo(read.Buffer.End);
            await serving;
        }

        string drawing = string.Join('\n', SequenceDiagram.Draw(recording.Snapshot(), new() { Width = 120, Times = false }));
        int at = 0;
        foreach (string part in (ReadOnlySpan<string>)["bind(", "listen(512)", " SYN ", " SYN, ACK ", " ACK ", "send(5) = 5", "─ 5 B \"halo\\n\" ─", "recv(1024) = 5", "shutdown(SHUT_WR)", " FIN ", "recv(1024) = 0", " FIN ", "close()"])
        {
            int next = drawing.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(next >= 0, $"'{part}' does not follow in:\n{drawing}");
            at = next + part.Length;
        }

        Assert.Contains("accept() = 127.0.0.1:", drawing);
        Assert.Equal(2, drawing.Split("\"halo\\n\" ─").Length - 1);
        Assert.DoesNotContain("not seen", drawing);
        Assert.DoesNotContain("not read", drawing);
    }

    [Fact]
    public void No_line_is_wider_than_asked_for_and_none_holds_what_a_terminal_obeys()
    {
        Prop.ForAll<byte[], byte, bool>((bytes, width, unicode) =>
        {
            var story = new Story();
            SocketScope client = story.Open(SocketRole.Client, "tcp", Story.ClientAddress, Story.ServerAddress);
            story.At(1.25).Call(client, SocketCall.Connect).At(2).Receive(client, bytes ?? []).At(3).Send(client, "世界\u001b[31m\u202e" + new string('x', width));
            client.Note("peer-said", "\u0007\u009b31m\u2066");
            int columns = 60 + (width % 61);
            Assert.All(SequenceDiagram.Draw(story.Recorded, new() { Width = columns, Unicode = unicode }), line =>
            {
                Assert.True(TextWidth.Of(line) <= columns, line);
                Assert.DoesNotContain(line, static c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format);
                if (!unicode)
                    Assert.DoesNotContain(line, static c => !char.IsAscii(c));
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Colour_adds_sequences_and_changes_no_text()
    {
        IReadOnlyList<string> plain = SequenceDiagram.Draw(Story.Echo().Recorded), coloured = SequenceDiagram.Draw(Story.Echo().Recorded, new() { Ink = new Ink(true) });
        Assert.NotEqual(plain, coloured);
        Assert.Equal(plain, coloured.Select(static line => System.Text.RegularExpressions.Regex.Replace(line, "\u001b\\[[0-9]*m", "").TrimEnd()));
    }

    private static async Task EchoOnceAsync(IConnectionListener listener, CancellationToken cancel)
    {
        await using ConnectionContext server = (await listener.AcceptAsync(cancel))!;
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await server.Transport.Input.ReadAsync(cancel);
            if (!read.Buffer.IsEmpty)
                await server.Transport.Output.WriteAsync(read.Buffer.ToArray(), cancel);
            server.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}
