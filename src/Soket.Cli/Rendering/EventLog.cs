using System.Buffers;
using System.Globalization;
using System.Text;
using Soket.Cli.Settings;
using Soket.Events;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>How a log is written.</summary>
internal sealed record EventLogOptions
{
    public Language Language { get; init; }

    /// <summary>Whether arrows and dashes may be Unicode.</summary>
    public bool Unicode { get; init; } = true;

    public Ink Ink { get; init; }

    /// <summary>The zone of the times.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    /// <summary>The most bytes of a call that are shown.</summary>
    public int MaxBytes { get; init; } = 64;

    /// <summary>Whether bytes are shown as a hex dump below the line, rather than as text on it.</summary>
    public bool Hex { get; init; }
}

/// <summary>
/// The event stream as a person reads it, a line an event:
/// <c>12:00:00.123  client#3    send(5) = 5 "halo\n"  [0.02 ms]</c>. Pure.
/// </summary>
internal sealed class EventLog(EventLogOptions options)
{
    private static readonly Texts Texts = RenderingTexts.All;

    /// <summary>One event as text; several lines only with a hex dump.</summary>
    public string Render(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        Ink ink = options.Ink;
        var line = new StringBuilder(120);
        line.Append(ink.Dim(TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(e.Utc, DateTimeKind.Utc), options.Zone).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)));
        line.Append("  ").Append(Who(in e)).Append("  ");
        string call = CallText.Call(in e, options.Language);
        if (call.Length > 0)
        {
            line.Append(call);
            string result = CallText.Result(in e, options.Language);
            if (result.Length > 0)
                line.Append(' ').Append(e.Failure is null ? result : ink.Red(result));
        }

        bool moved = e.Moved > 0 || (e.Moved == 0 && IsDatagram(in e));
        if (moved && e.Call is SocketCall.ReceiveFrom)
            line.Append(' ').Append(Texts.Get(options.Language, "from", ("peer", CallText.Address(e.Remote, options.Language) is { Length: > 0 } peer ? peer : CallText.Unnamed(options.Language))));
        ReadOnlySpan<byte> shown = default;
        if (moved && e.Call != SocketCall.Message)
        {
            ReadOnlySequence<byte> kept = bytes.Length > options.MaxBytes ? bytes.Slice(0, options.MaxBytes) : bytes;
            shown = kept.IsSingleSegment ? kept.FirstSpan : kept.ToArray();
            if (!options.Hex && (shown.Length > 0 || e.Moved == 0))
                line.Append(' ').Append(ink.Cyan(TerminalText.Quote(shown, int.MaxValue, e.Moved - shown.Length, More())));
        }

        if (Remark(in e) is { Length: > 0 } remark)
            line.Append(line[^1] == ' ' ? "" : "  ").Append(e.Call is SocketCall.None or SocketCall.Message ? ink.Yellow(remark) : remark);
        if (e.Call is not (SocketCall.None or SocketCall.Message))
            line.Append("  ").Append(ink.Dim($"[{Units.Format(e.Duration)}]"));
        if (e.State != SocketState.None)
        {
            line.Append("  ").Append(ink.Green($"{(options.Unicode ? "→" : "->")} {e.State.Name()}"));
            if (e.StateInferred)
                line.Append(' ').Append(Texts.Get(options.Language, "inferred"));
        }

        if (options.Hex && shown.Length > 0)
        {
            foreach (string dumped in HexDump.Lines(shown, Math.Max(0, e.StreamOffset)))
                line.Append('\n').Append("    ").Append(dumped);
            if (e.Moved > shown.Length)
                line.Append('\n').Append("    ").Append(More().Replace("{count}", CallText.Number(e.Moved - shown.Length), StringComparison.Ordinal));
        }

        return line.ToString();
    }

    /// <summary>A socket's short name, as wide as the others: <c>client#3</c>; <c>client#3/tls</c> for what happens inside TLS.</summary>
    private string Who(in SocketEvent e)
    {
        string role = e.Transport == "resolver" ? "resolver" : e.Role switch { SocketRole.Client => "client", SocketRole.Listener => "listener", _ => "server" };
        bool layer = e.Transport is "tls" or "ws" && e.Parent != 0; // It stands on a connection, and people know the connection.
        string name = $"{role}#{CallText.Number(layer ? e.Parent : e.Connection)}{(layer ? "/" + e.Transport : "")}";
        return options.Ink.Bold(name) + new string(' ', Math.Max(0, 12 - name.Length));
    }

    private string Remark(in SocketEvent e)
    {
        var remark = new StringBuilder();
        if (e.Call == SocketCall.Abort)
            remark.Append(Texts.Get(options.Language, e.Transport == "tcp" ? "abort" : "abort-stream"));
        else if (e.Reason is { } reason)
            remark.Append(e.Call is SocketCall.GetOption ? $"({ReasonText.Of(reason, e.Transport, options.Language)})" : ReasonText.Of(reason, e.Transport, options.Language));
        if (e.Call is SocketCall.None or SocketCall.Message && e.Value is not null)
            remark.Append(remark.Length > 0 ? ": " : "").Append(CallText.Value(e));
        if (e.Failure is { } refused && e.Call is SocketCall.None or SocketCall.Message)
            remark.Append(remark.Length > 0 ? "; " : "").Append(CallText.Error(refused));
        if (e.Failure is { } failure && failure.Error.Number is null && failure.Error.Message.Length > 0)
            remark.Append(remark.Length == 0 ? "" : e.Call is SocketCall.None or SocketCall.Message ? ": " : "; ").Append(ErrorText.In(options.Language, failure).Message); // Not the system's: the name alone says too little.
        return remark.ToString();
    }

    private string More()
    {
        string more = Texts.Get(options.Language, "more-bytes");
        return options.Unicode ? more : more.Replace("…", "...", StringComparison.Ordinal);
    }

    private static bool IsDatagram(in SocketEvent e) => e.Transport is "udp" or "unixgram";
}
