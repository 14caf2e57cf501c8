namespace Soket.Cli.Tests;

/// <summary>
/// Programs on a terminal of their own (pty(7)): what is written to stdin is typed there, stdout is what the terminal shows, with CR LF at the end of a line. It
/// ends with the program, and with its exit code.
/// </summary>
internal static class OnTerminal
{
    private const string Typed = """
        import os, pty, select, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execvp(sys.argv[1], sys.argv[1:])
        watched = [0, terminal]
        while True:
            ready = select.select(watched, [], [])[0]
            if terminal in ready:
                try:
                    shown = os.read(terminal, 4096)
                except OSError: # EIO: nobody has the terminal open any more
                    break
                if not shown:
                    break
                os.write(1, shown)
                if b'\x1b[6n' in shown: # where the cursor is, which a terminal tells
                    os.write(terminal, b'\x1b[1;1R')
            if 0 in ready:
                keys = os.read(0, 4096)
                if keys:
                    os.write(terminal, keys)
                else:
                    watched.remove(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """;

    /// <summary>Starts <c>soket</c> on a terminal that rewrites lines and shows colours.</summary>
    public static SoketProcess Soket(params string[] arguments) => SoketIn(new Dictionary<string, string?>(), arguments);

    /// <summary>Starts <c>soket</c> in an environment of its own (null takes a variable away).</summary>
    public static SoketProcess SoketIn(IReadOnlyDictionary<string, string?> environment, params string[] arguments) => StartIn(environment, "dotnet", [SoketProcess.Program, .. arguments]);

    /// <summary>Starts another program in an environment of its own.</summary>
    public static SoketProcess StartIn(IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments)
    {
        // What is shown must not depend on whose terminal the tests run in.
        var whole = new Dictionary<string, string?> { ["TERM"] = "xterm", ["COLUMNS"] = "100", ["NO_COLOR"] = null };
        foreach ((string name, string? value) in environment)
            whole[name] = value;
        return SoketProcess.PeerWith(whole, Peers.Require("python3"), ["-c", Typed, program, .. arguments]);
    }
}
