using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;

namespace Soket.Cli.Commands.Chat;

/// <summary>The port, asked for where nobody gave one and somebody sits there, as the lab's programs do.</summary>
internal static class ChatPort
{
    /// <summary>Whether somebody can be asked.</summary>
    public static bool CanAsk(CliIo io) => io.InIsTerminal && io.ErrorIsTerminal;

    /// <summary>Asks until there is a port.</summary>
    /// <param name="scheme">The scheme that was named; null where the answer may name one.</param>
    /// <param name="host">The host.</param>
    /// <param name="io">Whom.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The endpoint; null at the end of the input.</returns>
    public static async Task<SocketUri?> AskAsync(string? scheme, string host, CliIo io, CancellationToken cancellationToken)
    {
        while (true)
        {
            await io.Error.WriteAsync(io.Text(scheme is null ? "chat.ask-port" : "chat.ask-port-only") + " ").ConfigureAwait(false);
            if (await TypedAnswer.ReadAsync(io, keysFollow: io.Rewrites, cancellationToken).ConfigureAwait(false) is not { } line)
                return null;
            string answer = line.Trim();
            string chosen = scheme ?? "tcp";
            if (scheme is null && answer.StartsWith("udp:", StringComparison.OrdinalIgnoreCase))
                (chosen, answer) = ("udp", answer[4..].TrimStart('/'));
            if (ushort.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 && SocketUri.TryParse($"{chosen}://{host}:{port}", out SocketUri endpoint, out _))
                return endpoint;
            foreach (string told in io.FitError(io.Text("chat.wrong.port", ("value", TerminalText.Safe(answer)))))
                await io.Error.WriteLineAsync(told).ConfigureAwait(false);
        }
    }
}
