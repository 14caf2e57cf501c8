using Soket.Cli.CommandLine;
using Soket.Cli.Commands.RunPackets;
using Soket.Cli.Rendering;
using Soket.Endpoints;

namespace Soket.Cli.Commands.Connect;

/// <summary>The files of a conversation: whose bytes go out, and where those that come are kept.</summary>
/// <param name="SendPath">The file to send; null for what was typed, or stdin.</param>
/// <param name="ReceivePath">The file to write; null for stdout.</param>
/// <param name="Force">Whether a file that is there may be overwritten.</param>
internal sealed record FileTransfer(string? SendPath, string? ReceivePath, bool Force)
{
    private static readonly Flag Send = new("--send-file", FlagKind.Value, "flags.messages", "FILE");
    private static readonly Flag Receive = new("--receive-file", FlagKind.Value, "flags.messages", "FILE");

    public static IReadOnlyList<Flag> Flags { get; } = [Send, Receive];

    /// <summary>The files that were named; null when none was.</summary>
    /// <param name="values">What was typed.</param>
    /// <param name="io">Whom to tell what is wrong.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="talk">What is said beside them.</param>
    /// <param name="lines">The flags that are for messages, not for the bytes of a file.</param>
    public static FileTransfer? Read(VerbValues values, CliIo io, SocketUri endpoint, Talk talk, params ReadOnlySpan<Flag> lines)
    {
        bool fits = !endpoint.IsDatagram && !endpoint.IsWebSocket;
        Flag? given = values.IsTyped(Send) ? Send : values.IsTyped(Receive) ? Receive : null;
        if (!fits && given is not null)
            throw io.Wrong("connect.wrong.file-endpoint", ("flag", given.Name), ("endpoint", endpoint));
        string? send = fits ? values.Text(Send) : null, receive = fits ? values.Text(Receive) : null;
        if (values.IsTyped(CommonFlags.Force) && receive is null && !values.IsGiven(CommonFlags.RecordHex) && !values.IsGiven(TraceFlags.Write))
            throw io.Wrong("connect.wrong.force", ("flag", CommonFlags.Force.Name), ("other", Receive.Name));
        if (send is null && receive is null)
            return null;
        if (send is not null && talk.Messages is not null)
            throw io.Wrong("connect.wrong.file-and-messages", ("flag", Send.Name));
        foreach (Flag flag in lines)
        {
            if (values.IsTyped(flag) && (talk.Messages is null || flag == CommonFlags.Framing))
                throw io.Wrong("connect.wrong.file-flag", ("flag", flag.Name), ("file", send is not null ? Send.Name : Receive.Name));
        }

        if (receive is not null)
            NewFile.Check(receive, Receive, values, io);
        return new(send, receive, values.IsOn(CommonFlags.Force));
    }

    /// <summary>Opens the file to send; what is wrong with it is said before anything connects.</summary>
    public FileStream? OpenSource(CliIo io)
    {
        if (SendPath is null)
            return null;
        try
        {
            return new FileStream(SendPath, new FileStreamOptions { BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("connect.wrong.send-file", ("flag", Send.Name), ("path", TerminalText.Safe(SendPath)), ("error", FileTrouble.Of(e, SendPath, io)));
        }
    }

    /// <summary>Opens the file to write, once there is something to connect it to.</summary>
    public FileStream? OpenTarget(CliIo io)
    {
        if (ReceivePath is null)
            return null;
        try
        {
            return new FileStream(ReceivePath, new FileStreamOptions { Mode = Force || NewFile.IsDevice(ReceivePath) ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });
        }
        catch (IOException) when (!Force && Path.Exists(ReceivePath))
        {
            throw NewFile.Exists(ReceivePath, Receive, io);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new OutputException(e.Message, e) { File = ReceivePath };
        }
    }
}
