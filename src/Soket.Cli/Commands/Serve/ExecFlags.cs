using System.Net;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Programs;
using Soket.Services;

namespace Soket.Cli.Commands.Serve;

/// <summary>The flags of a server that starts a program for each connection. Typed only: no variable and no project's file starts programs.</summary>
internal static class ExecFlags
{
    public static Flag Exec { get; } = new("--exec", FlagKind.Value, "flags.exec", "COMMAND", "-e") { TypedOnly = true };

    public static Flag Shell { get; } = new("--shell", FlagKind.Switch, "flags.exec") { TypedOnly = true };

    public static Flag Anywhere { get; } = new("--exec-anywhere", FlagKind.Switch, "flags.exec") { TypedOnly = true };

    public static IReadOnlyList<Flag> All { get; } = [Exec, Shell, Anywhere];

    /// <summary>The service that was asked for; null when none of these flags was. What could not be started is said before anything binds.</summary>
    public static SocketService? Read(VerbValues values, CliIo io)
    {
        if (!values.IsTyped(Exec))
            return All.FirstOrDefault(values.IsTyped) is { } stray ? throw io.Wrong("serve.wrong.exec-flag", ("flag", stray.Name)) : null;
        string text = values.Text(Exec)!;
        ProgramCommand command = values.IsOn(Shell) ? InShell(text) : Split(text, io);
        return new SocketService { Name = "exec", Stream = new ProgramService(command, Platform.Programs), CanLoop = false };
    }

    /// <summary>Refuses endpoints at which a program must not be reached: datagrams, and other machines unless that was said.</summary>
    public static void Check(VerbValues values, IEnumerable<SocketUri> endpoints, CliIo io)
    {
        foreach (SocketUri endpoint in endpoints)
        {
            if (endpoint.IsDatagram)
                throw io.Wrong("serve.wrong.exec-datagram", ("endpoint", endpoint));
            if (!values.IsOn(Anywhere) && !IsOwn(endpoint))
                throw io.Wrong("serve.wrong.exec-anywhere", ("endpoint", endpoint));
        }
    }

    // A name other than localhost may mean anything by the time it is bound.
    private static bool IsOwn(SocketUri endpoint) =>
        endpoint.IsUnix || endpoint.Host == "localhost" || (IPAddress.TryParse(endpoint.Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static ProgramCommand InShell(string text) =>
        OperatingSystem.IsWindows() ? new(Path.Combine(Environment.SystemDirectory, "cmd.exe"), ["/d", "/c", text]) : new("/bin/sh", ["-c", text]);

    private static ProgramCommand Split(string text, CliIo io)
    {
        if (!CommandWords.TryParse(text, out List<string>? words, out char fault))
            throw io.Wrong(fault is '\'' or '"' ? "serve.wrong.exec-quote" : "serve.wrong.exec-shell", ("character", fault), ("command", TerminalText.Safe(text)));
        if (words.Count == 0)
            throw io.Wrong("serve.wrong.exec-empty");
        ProgramSearch search = ProgramCommand.Find(words[0], out string? path);
        return search == ProgramSearch.Found
            ? new ProgramCommand(path!, words[1..])
            : throw io.Wrong(
                search switch { ProgramSearch.Folder => "serve.wrong.exec-folder", ProgramSearch.NotExecutable => "serve.wrong.exec-mode", _ => words[0].Contains('/', StringComparison.Ordinal) ? "serve.wrong.exec-missing" : "serve.wrong.exec-unknown" },
                ("program", TerminalText.Safe(words[0])), ("path", TerminalText.Safe(path ?? words[0])));
    }
}
