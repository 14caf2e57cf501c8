using System.CommandLine;
using Soket.Options;

namespace Soket.Cli.CommandLine;

/// <summary>What a flag takes.</summary>
internal enum FlagKind
{
    /// <summary>Nothing: it is there or not (<c>--flag=false</c> takes it back).</summary>
    Switch,

    /// <summary><c>on</c> or <c>off</c>; alone it means on.</summary>
    OnOff,

    /// <summary>One value.</summary>
    Value,

    /// <summary>One value each time it is given.</summary>
    Many,
}

/// <summary>
/// An option of the command line as data; parser, help and the man page are made from it. Its text is <c>flag.NAME</c>, or
/// <c>VERB.flag.NAME</c> where a verb says more.
/// </summary>
/// <param name="Name">Its name, with dashes.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Group">The key of the heading it stands under in the help.</param>
/// <param name="Placeholder">How its value is named in the help.</param>
/// <param name="Short">Its short form, if it has one.</param>
internal sealed record Flag(string Name, FlagKind Kind, string Group, string? Placeholder = null, string? Short = null)
{
    /// <summary>Its text's key when it is not <c>flag.NAME</c>.</summary>
    public string? TextKey { get; init; }

    /// <summary>The socket option it sets; its text is then the option's own.</summary>
    public SocketOption? Option { get; init; }

    /// <summary>The environment variable that sets it: <c>SOKET_IDLE_TIMEOUT</c>.</summary>
    public string Variable => "SOKET_" + Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>The values that can be offered while it is typed, where the placeholder does not list them. Asked for only then.</summary>
    public Func<IEnumerable<string>>? Choices { get; init; }

    /// <summary>Whether the next word is its value.</summary>
    public bool TakesValue => Kind is FlagKind.Value or FlagKind.Many;

    /// <summary>Its name in a settings file: without dashes.</summary>
    public string Key => Name.TrimStart('-');

    /// <summary>Whether it counts only when it is typed: what starts programs does not come with somebody's project.</summary>
    public bool TypedOnly { get; init; }

    /// <summary>Whether a login may stand in its value, which is then shown nowhere.</summary>
    public bool HoldsSecret { get; init; }

    /// <summary>A value as it may be shown.</summary>
    public string Shown(string value) => HoldsSecret ? Middleware.Proxy.ProxyEndpoint.Redact(value) : value;

    /// <summary>Whether a variable or a settings file may set it: asking for help is done by hand.</summary>
    public bool IsSetting => !TypedOnly && this != CommonFlags.Help && this != CommonFlags.ShortHelp;

    /// <summary>The flag of a client that it stands for, in a verb with two endpoints; its text is that one's then.</summary>
    public Flag? Twin { get; private init; }

    /// <summary>The same for the endpoint that is connected to, in a verb that has two: <c>--to-cafile</c> for <c>--cafile</c>.</summary>
    /// <param name="group">The key of the heading it stands under.</param>
    public Flag Onward(string group) => this with { Name = "--to-" + Key, Short = null, Group = group, TextKey = null, Twin = this };

    /// <summary>Gives each on-off flag that stands alone its value, so that a parser does not take the next word for it.</summary>
    public static List<string> SpellOut(IReadOnlyList<string> args, IReadOnlySet<string> onOff)
    {
        var spelled = new List<string>(args.Count);
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i] == "--")
            {
                spelled.AddRange(args.Skip(i));
                break;
            }

            if (!onOff.Contains(args[i]))
                spelled.Add(args[i]);
            else if (i + 1 < args.Count && args[i + 1] is "on" or "off")
                spelled.Add($"{args[i]}={args[++i]}");
            else
                spelled.Add(args[i] + "=on");
        }

        return spelled;
    }

    public Option<string[]> ToOption()
    {
        // Values stay text here: what is wrong with one is said by Soket, in two languages, and not by the parser.
        var option = Short is null ? new Option<string[]>(Name) : new Option<string[]>(Name, Short);
        option.Arity = Kind == FlagKind.Switch ? ArgumentArity.Zero : ArgumentArity.OneOrMore;
        option.AllowMultipleArgumentsPerToken = false;
        return option;
    }
}

/// <summary>A positional argument.</summary>
/// <param name="Name">How it is named in the help, in capitals.</param>
/// <param name="Many">Whether it may be given several times.</param>
internal sealed record Positional(string Name, bool Many = false)
{
    /// <summary>Whether it may be left out; several may always be none.</summary>
    public bool Optional { get; init; }

    /// <summary>Whether an empty one is a mistake, and does not mean what none at all means.</summary>
    public bool RefusesEmpty { get; init; }

    /// <summary>The values that can be offered while it is typed. Asked for only then.</summary>
    public Func<IEnumerable<string>>? Choices { get; init; }

    /// <summary>Its name as a usage line shows it: <c>NAME</c>, <c>[NAME]</c>, <c>[NAME...]</c>.</summary>
    public string Written(string name) => Many ? $"[{name}...]" : Optional ? $"[{name}]" : name;
}
