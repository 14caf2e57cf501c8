namespace Soket.Explain;

/// <summary>What the catalogue says of a code when nothing is failing now: a reference, where listing causes is right.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Title">Its title in the language asked for.</param>
/// <param name="Errors">The errors it stands for, by name, this platform's number and the system's words.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Causes">What usually causes it, most frequent first.</param>
/// <param name="Remedies">What to do, in the order to try it.</param>
/// <param name="ExitCode">How a command ends with it.</param>
/// <param name="Page">Its page in the documentation, relative to the root of the project.</param>
public sealed record CatalogueEntry(
    string Code,
    string Title,
    IReadOnlyList<SystemError> Errors,
    string Meaning,
    IReadOnlyList<string> Causes,
    IReadOnlyList<string> Remedies,
    int ExitCode,
    string Page);

/// <summary>What a look-up found.</summary>
/// <param name="Error">The one error the query named, as <c>98</c> names EADDRINUSE; null when it named a code or words.</param>
/// <param name="Entries">The entries, best first; empty when nothing was found.</param>
/// <param name="Suggestions">When nothing was found: what may have been meant, nearest first, each a query that finds something.</param>
public sealed record LookupResult(SystemError? Error, IReadOnlyList<CatalogueEntry> Entries, IReadOnlyList<string> Suggestions);
