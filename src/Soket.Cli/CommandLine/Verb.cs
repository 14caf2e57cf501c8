namespace Soket.Cli.CommandLine;

/// <summary>A verb of the command line. Its texts are <c>NAME.summary</c>, <c>NAME.about</c> and <c>NAME.examples</c>.</summary>
internal abstract class Verb
{
    public abstract string Name { get; }

    /// <summary>The key of the group it stands in on the first screen: <c>group.talk</c> ...</summary>
    public abstract string Group { get; }

    public virtual IReadOnlyList<Positional> Positionals => [];

    public virtual IReadOnlyList<Flag> Flags => [];

    /// <summary>What an option that this verb does not have means in the tools people come from, said of this one; null where that is not known.</summary>
    public virtual string? Meant(string option, CliIo io) => null;

    public abstract Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken);
}
