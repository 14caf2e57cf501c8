using System.Buffers;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Events;
using Soket.Explain;
using Soket.Hosting;
using Soket.Protocols.Framing;
using Soket.Services;
using Xunit;

namespace Soket.Linux.Tests.Engine.Messages;

/// <summary>Whether messages are answered inline or through pipes: peers, observers and totals see the same, however the bytes are cut.</summary>
public sealed class SameEitherWayTests
{
    private static readonly TimeProvider Clock = new StillClock();

    public static TheoryData<string, string> Ways
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string framing in (string[])["chunk", "line", "line:crlf", "length:2", @"delimiter:ab", "fixed:7"])
            {
                foreach (string service in (string[])["echo", "discard", "process", "reply", "throws"])
                    data.Add(framing, service);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Any_cutting_of_any_input_gives_the_same_bytes_events_and_totals(string framing, string service)
    {
        foreach (byte[][] pieces in Inputs().Sample(40, 8))
        {
            Outcome pipes = await RunAsync(framing, service, pieces, inline: false);
            Outcome inline = await RunAsync(framing, service, pieces, inline: true);
            string input = string.Join(" | ", pieces.Select(piece => Convert.ToHexString(piece)));
            Assert.Equal(pipes.ToString(), inline.ToString() + (pipes.ToString() == inline.ToString() ? "" : $"\nfor {input}"));
        }
    }

    // Mostly what means something to one of the framings, cut anywhere.
    private static Gen<byte[][]> Inputs()
    {
        Gen<byte> byteOf = Gen.Frequency((6, Gen.Elements("\r\nabc \0\u0001\u0002\u0003Z"u8.ToArray())), (1, ArbMap.Default.GeneratorFor<byte>()), (1, Gen.Constant((byte)0x16)));
        Gen<byte[]> piece = Gen.Frequency((8, Gen.ArrayOf(byteOf)), (1, Gen.Constant(Encoding.ASCII.GetBytes(new string('x', 40)))));
        return Gen.ArrayOf(piece).Select(pieces => pieces.Where(one => one.Length > 0).ToArray());
    }

    private static async Task<Outcome> RunAsync(string framing, string service, byte[][] pieces, bool inline)
    {
        Assert.True(Framing.TryParse(framing, framing.StartsWith("fixed", StringComparison.Ordinal) ? 7 : 24, out Framing? cut, out _));
        IMessageService answers = service switch
        {
            "throws" => new Choosy(),
            "process" => new ProcessService(Clock),
            "reply" => new ReplyService(ReplyTemplate.Parse("{counter}:{message}:"), Clock),
            _ => ServiceCatalog.Find(service)!.Create(new()).Messages!,
        };
        await using Conversations served = await Conversations.StartAsync(answers, cut, inline);
        using Socket client = await served.ConnectAsync();
        byte[] answer;
        try
        {
            long sent = 0;
            foreach (byte[] piece in pieces)
            {
                await Conversations.SendAsync(client, piece);
                sent += piece.Length;
                // The next piece comes when this one was received by itself; or never, because the service has ended.
                await served.Log.UntilAsync(all => all.Sum(told => told.Event.Call == SocketCall.Receive ? told.Event.Moved : 0) >= sent || all.Any(told => told.Event.Call is SocketCall.Shutdown or SocketCall.Close && told.Event.Parent != 0));
            }

            client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has ended already, and what came after that was answered with a reset.
        }

        answer = await Conversations.ReceiveToEndAsync(client);
        await served.Log.UntilAsync(told => told.Call is SocketCall.Close or SocketCall.Abort && told.Parent != 0);
        if (service == "throws")
            await served.Log.UntilAsync(all => all.All(told => told.Event.Reason != "threw") || all.Any(told => told.Event.Failure?.Error.Name == "SOKET_SERVICE"));
        await served.DrainAsync();
        return new Outcome(answer, served.Log.All, served.Server.Totals);
    }

    // Where the kernel cuts what is sent, and when, is not the server's doing; all else is.
    private sealed class Outcome(byte[] answer, IReadOnlyList<(SocketEvent Event, byte[] Bytes)> told, ServerTotals totals)
    {
        public override string ToString()
        {
            var text = new StringBuilder();
            var mine = told.Where(one => one.Event.Parent != 0).ToList();
            // After the service has ended, what still comes is thrown away until the peer ends, or the connection is gone: how much of it is a race.
            int end = mine.FindIndex(one => one.Event.Call == SocketCall.Shutdown);
            text.AppendLine($"answer {Convert.ToHexString(answer)}");
            text.AppendLine($"sent {Convert.ToHexString([.. mine.Where(one => one.Event.Call == SocketCall.Send).SelectMany(one => one.Bytes)])}");
            foreach ((SocketEvent e, byte[] bytes) in mine.Take(end < 0 ? mine.Count : end).Where(one => one.Event.Call != SocketCall.Send))
            {
                string facts = e.Failure is null ? "" : string.Join(",", e.Failure.Context.Facts.OrderBy(fact => fact.Key).Select(fact => $"{fact.Key}={fact.Value}"));
                text.AppendLine($"{e.Call} {e.Requested switch { > 0 => "asked", var none => none }} {e.Moved} @{e.StreamOffset} {Convert.ToHexString(bytes)} {e.Reason} {e.Value} {e.State} {e.Failure?.Error.Name} {facts}");
            }

            text.AppendLine(string.Join(" ", mine.Where(one => one.Event.Call is SocketCall.Shutdown or SocketCall.Close or SocketCall.Abort or SocketCall.None && one.Event.Reason is not ("drain" or "lingering-close")).Select(one => $"{one.Event.Call}:{one.Event.Reason}:{one.Event.Failure?.Error.Name}")));
            text.Append(totals);
            return text.ToString();
        }
    }

    // Answers twice as much as it got, and cannot stand a Z.
    private sealed class Choosy : IMessageService
    {
        public bool AnswersAtOnce => true;

        public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
        {
            foreach (ReadOnlyMemory<byte> part in message)
            {
                reply.Write(part.Span);
                reply.Write(part.Span);
            }

            return !message.PositionOf((byte)'Z').HasValue ? true : throw new InvalidDataException("Z");
        }
    }

    private sealed class StillClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }
}
