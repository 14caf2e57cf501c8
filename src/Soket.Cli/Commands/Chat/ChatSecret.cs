using System.Buffers;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Events;

namespace Soket.Cli.Commands.Chat;

/// <summary>A token from a file or the environment: never from the command line, which every user of the machine can read.</summary>
internal static class ChatSecret
{
    private const int Longest = 128;

    /// <summary>The token; null for none.</summary>
    /// <param name="values">The flags.</param>
    /// <param name="file">The flag that names a file.</param>
    /// <param name="variable">The variable that holds it.</param>
    /// <param name="io">For what is wrong.</param>
    public static string? Read(VerbValues values, Flag file, string variable, CliIo io)
    {
        string? token;
        string source = variable;
        if (values.Text(file) is { } path)
        {
            source = path;
            try
            {
                token = File.ReadLines(path).FirstOrDefault()?.Trim() ?? "";
            }
            catch (Exception e) when (FileTrouble.Is(e))
            {
                throw io.Wrong("chat.wrong.token-file", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
            }
        }
        else
        {
            token = io.Environment(variable);
            if (string.IsNullOrEmpty(token))
                return null;
        }

        // So that it is one word of a line, and the same in JSON.
        if (token.Length is 0 or > Longest || token.AsSpan().ContainsAnyExceptInRange('!', '~') || token.AsSpan().ContainsAny('"', '\\'))
            throw io.Wrong("chat.wrong.token", ("source", TerminalText.Safe(source)), ("most", Longest));
        return token;
    }

    /// <summary>Stands before a log where tokens are sent: it gets the calls and their counts, and no bytes.</summary>
    public sealed class Cover(ISocketObserver inner) : ISocketObserver
    {
        public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
        {
            ReadOnlySequence<byte> nothing = default;
            inner.On(in e, in nothing);
        }
    }
}
