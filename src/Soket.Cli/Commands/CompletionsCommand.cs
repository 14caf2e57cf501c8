using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Completion;
using Soket.Cli.Rendering;
using Soket.Explain;

namespace Soket.Cli.Commands;

/// <summary><c>soket completions SHELL</c>: the script that completes soket's verbs, options and values with the Tab key.</summary>
internal sealed class CompletionsCommand : Verb
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CompletedVerb>, IReadOnlyList<CompletedOption>, string>> Shells = new(StringComparer.Ordinal)
    {
        ["bash"] = BashCompletion.Render,
        ["zsh"] = ZshCompletion.Render,
        ["fish"] = FishCompletion.Render,
        ["powershell"] = PowerShellCompletion.Render,
    };

    private static readonly Positional Shell = new("SHELL") { Choices = static () => Shells.Keys };

    public override string Name => "completions";

    public override string Group => "group.setup";

    public override IReadOnlyList<Positional> Positionals { get; } = [Shell];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        string names = string.Join(", ", Shells.Keys);
        if (values.One(Shell) is not { } name)
            throw io.Wrong("completions.wrong.no-shell", ("names", names));
        if (!Shells.TryGetValue(name, out Func<IReadOnlyList<CompletedVerb>, IReadOnlyList<CompletedOption>, string>? render))
            throw io.Wrong("completions.wrong.shell", ("name", TerminalText.Safe(name)), ("names", names));
        string script = render(CompletionTable.Verbs(CommandLineApp.Verbs, io), CompletionTable.Everywhere(CommandLineApp.Verbs, io));
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(script.ReplaceLineEndings("\n")), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }
}
