namespace Soket.Cli.Settings;

/// <summary>Where a value comes from, the strongest first.</summary>
internal enum SettingOrigin
{
    /// <summary>Typed as a flag.</summary>
    Flag,

    /// <summary>A <c>SOKET_*</c> variable.</summary>
    Environment,

    /// <summary>The <c>soket.json</c> of the project the person stands in.</summary>
    Project,

    /// <summary>The person's own file.</summary>
    User,

    /// <summary>Nobody set it.</summary>
    Usual,
}

/// <summary>The place a value stands.</summary>
/// <param name="Origin">Which kind of place.</param>
/// <param name="Name">The variable's name, or the file's path.</param>
/// <param name="Line">The line in the file, from 1; 0 where there is none.</param>
internal sealed record SettingSource(SettingOrigin Origin, string Name, int Line = 0);

/// <summary>One value a file sets.</summary>
/// <param name="Verb">The verb it is for; empty for every verb that has the option.</param>
/// <param name="Name">The option's name without dashes.</param>
/// <param name="Values">What it is set to: one value, or several for an option that may be given several times.</param>
/// <param name="Source">Where it stands.</param>
internal sealed record Setting(string Verb, string Name, IReadOnlyList<string> Values, SettingSource Source);
