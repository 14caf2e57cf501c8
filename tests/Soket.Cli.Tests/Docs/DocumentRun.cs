namespace Soket.Cli.Tests.Docs;

/// <summary>
/// Runs the blocks of one document, in its order, in a folder and a network of its own.
/// </summary>
/// <remarks>
/// <para><c>```python server.py</c> writes that file. In <c>```console</c>:</para>
/// <list type="bullet">
/// <item><c>$ command</c> is typed in a shell; the lines below it are all it shows, stdout and stderr together (see <see cref="Expectation"/>).</item>
/// <item><c>$ command &amp;</c> goes on in the background, once the lines below it have been shown.</item>
/// <item><c>```console server</c> is a terminal called server. Its last command goes on, once its lines have been shown; a later block of the same
/// name goes on with it: first lines without a <c>$</c> are what it has shown since.</item>
/// <item><c>&gt; text</c> is typed at the prompt <c>&gt; </c> of the command that runs; <c>^C</c> and <c>^D</c> are the keys.</item>
/// </list>
/// <para>Each command is a shell of its own: <c>cd</c> and <c>export</c> do not outlast it. What still runs at the end of the document is ended.</para>
/// </remarks>
internal sealed class DocumentRun : IAsyncDisposable
{
    private readonly NetworkOfItsOwn _network;
    private readonly bool _accept;
    private readonly List<(DocumentBlock, IReadOnlyList<string>)> _accepted = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("soket-document-").FullName;
    private readonly Dictionary<string, string> _environment;
    private readonly Dictionary<string, TerminalCommand> _terminals = [];
    private readonly List<TerminalCommand> _started = [];

    private DocumentRun(NetworkOfItsOwn network, string language, bool accept)
    {
        _accept = accept;
        _network = network;
        string bin = Directory.CreateDirectory(Path.Combine(_folder, ".bin")).FullName;
        string soket = Path.Combine(bin, "soket");
        File.WriteAllText(soket, $"#!/bin/sh\ncase $0 in ./*) SOKET_CALLED=$0 && export SOKET_CALLED ;; esac\nexec dotnet '{SoketProcess.Program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(soket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(_folder, "soket"), soket);
        _environment = new()
        {
            ["PATH"] = bin + ":" + Environment.GetEnvironmentVariable("PATH"),
            ["SHELL"] = "/bin/bash",
            ["LC_ALL"] = "C.UTF-8",
            ["SOKET_LANG"] = language,
            ["TERM"] = "dumb", // no status line that is rewritten, no colour
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
    }

    /// <summary>Runs a document.</summary>
    /// <param name="markdown">Its text.</param>
    /// <param name="language">The language its reader has: en or id.</param>
    /// <exception cref="DocumentDiffersException">A command did something else than the document says.</exception>
    public static Task RunAsync(string markdown, string language) => RunAsync(markdown, language, accepted: null);

    /// <summary>Runs a document, and takes what its commands show for right.</summary>
    /// <returns>The document with that in it.</returns>
    /// <exception cref="DocumentDiffersException">A command did not end, or asked for nothing where the document types.</exception>
    public static async Task<string> AcceptAsync(string markdown, string language)
    {
        string written = markdown;
        await RunAsync(markdown, language, text => written = text);
        return written;
    }

    private static async Task RunAsync(string markdown, string language, Action<string>? accepted)
    {
        IReadOnlyList<DocumentBlock> blocks = DocumentBlock.Read(markdown);
        Peers.Require("script");
        Peers.Require("bash");
        if (blocks.Any(block => block.Language == "python"))
            Peers.Require("python3");
        foreach (string peer in (ReadOnlySpan<string>)["ncat", "python3"])
        {
            if (blocks.Any(block => block.IsConsole && block.Lines.Any(line => line.StartsWith($"$ {peer} ", StringComparison.Ordinal))))
                Peers.Require(peer);
        }

        await using NetworkOfItsOwn network = await NetworkOfItsOwn.CreateAsync();
        await using var run = new DocumentRun(network, language, accepted is not null);
        foreach (DocumentBlock block in blocks)
        {
            if (block.IsFile)
                await File.WriteAllLinesAsync(Path.Combine(run._folder, block.Name), block.Lines);
            else if (block.IsConsole)
                await run.TypeAsync(block);
        }

        accepted?.Invoke(DocumentBlock.Write(markdown, run._accepted));
    }

    public async ValueTask DisposeAsync()
    {
        // The last first: clients go before the servers that would wait for them.
        foreach (TerminalCommand command in Enumerable.Reverse(_started))
            await command.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task TypeAsync(DocumentBlock block)
    {
        _terminals.TryGetValue(block.Name, out TerminalCommand? running);
        var expected = new List<string>();
        var written = new List<string>();
        bool background = false;
        bool goesOn = block.Name.Length > 0;
        string where = $"line {block.Line}";
        for (int i = 0; i < block.Lines.Count; i++)
        {
            string line = block.Lines[i];
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                await FinishAsync();
                where = $"line {block.Line + i + 1}, {line}";
                string command = line[2..];
                background = command.EndsWith(" &", StringComparison.Ordinal);
                if (background)
                    command = command[..^2];
                running = new TerminalCommand(_network, command, _folder, _environment, _accept);
                written.Add(line);
                _started.Add(running);
            }
            else if (running is null)
            {
                throw new DocumentDiffersException($"line {block.Line + i + 1}: nothing runs in this terminal that could show this.");
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                written.AddRange(await running.TypeAsync(Take(), line[2..], where));
                expected.Add(line);
            }
            else if (line is "^C" or "^D")
            {
                // What stands for any number of lines stands for those that are still to come, too.
                List<string> last = expected is [.., "..."] ? ["..."] : [];
                written.AddRange(await running.ShowsAsync(Take(), where));
                written.Add(line);
                await running.KeysAsync(line == "^C" ? "\u0003" : "\u0004");
                written.AddRange((await running.EndsAsync(new Expectation([.. last, .. Following(block.Lines, ref i)]), where)).Skip(last.Count));
                running = null;
            }
            else
            {
                expected.Add(line);
            }
        }

        if (running is not null && goesOn && !background)
        {
            written.AddRange(await running.ShowsAsync(Take(), where));
            _terminals[block.Name] = running;
        }
        else
        {
            await FinishAsync();
            _terminals.Remove(block.Name);
        }

        if (_accept)
            _accepted.Add((block, written));

        Expectation Take()
        {
            var taken = new Expectation(expected);
            expected.Clear();
            return taken;
        }

        async Task FinishAsync()
        {
            if (running is null)
                return;
            if (!background)
                written.AddRange(await running.EndsAsync(Take(), where));
            else if (expected.Count == 0)
                throw new DocumentDiffersException($"{where}: what does it show when it is ready? Without that nobody knows when to go on.");
            else
                written.AddRange(await running.ShowsAsync(Take(), where, unseen: true));
            running = null;
            background = false;
        }
    }

    /// <summary>The lines up to the next command.</summary>
    private static List<string> Following(IReadOnlyList<string> lines, ref int index)
    {
        var following = new List<string>();
        while (index + 1 < lines.Count && !lines[index + 1].StartsWith("$ ", StringComparison.Ordinal))
            following.Add(lines[++index]);
        return following;
    }
}
