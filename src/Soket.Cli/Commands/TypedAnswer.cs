using System.Text;
using Soket.Cli.CommandLine;

namespace Soket.Cli.Commands;

/// <summary>A line that is typed as the answer to a question, before the verb itself reads anything.</summary>
internal static class TypedAnswer
{
    /// <summary>The line; null at the end of the input.</summary>
    /// <param name="io">Where it is typed.</param>
    /// <param name="keysFollow">
    /// Whether keys are read one by one later: then nothing else may have taken hold of standard input, whose reader would take every second key.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<string?> ReadAsync(CliIo io, bool keysFollow, CancellationToken cancellationToken)
    {
        if (keysFollow)
            return await Task.Run(Console.ReadLine, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        await foreach (byte[] line in io.In.ReadLinesAsync(cancellationToken).ConfigureAwait(false))
            return Encoding.UTF8.GetString(line);
        return null;
    }
}
