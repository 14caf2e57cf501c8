using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Manual;
using Soket.Explain;

namespace Soket.Cli.Commands;

/// <summary><c>soket manual</c>: soket(1) in roff.</summary>
internal sealed class ManualCommand : Verb
{
    public override string Name => "manual";

    public override string Group => "group.setup";

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(ManualPage.Render(CommandLineApp.Verbs, io)), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }
}
