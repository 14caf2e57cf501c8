using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Soket.Cli.Settings;
using Soket.Endpoints;

namespace Soket.Cli.CommandLine;

/// <summary>What was typed for a verb, read with its meaning; what makes none is a <see cref="UsageException"/>. Flags win over <c>SOKET_*</c> variables.</summary>
internal sealed class VerbValues(ParseResult result, IReadOnlyDictionary<Flag, Option<string[]>> options, IReadOnlyDictionary<Positional, Argument<string[]>> arguments, CliIo io)
{
    public IReadOnlyList<string> All(Positional positional) => result.GetValue(arguments[positional]) ?? [];

    public string? One(Positional positional) => All(positional) is [var one, ..] ? one : null;

    public bool IsGiven(Flag flag) => Result(flag) is not null || Variable(flag) is not null;

    /// <summary>
    /// Whether a flag was typed. A variable sets what is usual for every call, so that one which has no place in this call is no mistake; a flag is.
    /// </summary>
    public bool IsTyped(Flag flag) => Result(flag) is not null;

    /// <summary>How often a switch was given: <c>-vv</c> is 2.</summary>
    public int Count(Flag flag)
    {
        if (Result(flag) is { } given)
            return given.IdentifierTokenCount;
        return Variable(flag) switch
        {
            null or "" or "0" or "false" or "off" => 0,
            { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) => count,
            "1" or "true" or "on" => 1,
            { } text => throw io.Wrong("wrong.switch", ("flag", flag.Variable), ("value", text)),
        };
    }

    public bool IsOn(Flag flag) => Count(flag) > 0;

    public IReadOnlyList<string> Many(Flag flag) => Result(flag) is not null ? result.GetValue(options[flag]) ?? [] : Variable(flag) is { } text ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    public string? Text(Flag flag)
    {
        string[] values = Result(flag) is not null ? result.GetValue(options[flag]) ?? [] : Variable(flag) is { } text ? [text] : [];
        return values.Length switch
        {
            0 => null,
            1 => values[0],
            _ => throw io.Wrong("wrong.twice", ("flag", flag.Name)),
        };
    }

    public int Number(Flag flag, int standard, int least, int most)
    {
        if (Text(flag) is not { } text)
            return standard;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw io.Wrong("wrong.number", ("flag", flag.Name), ("value", text), ("least", least), ("most", most));
    }

    public long Size(Flag flag, long standard, long least, long most)
    {
        if (Text(flag) is not { } text)
            return standard;
        return Units.TryParseBytes(text, out long size, out _) && size >= least && size <= most
            ? size
            : throw io.Wrong("wrong.size", ("flag", flag.Name), ("value", text), ("least", Units.FormatBytes(least)), ("most", Units.FormatBytes(most)));
    }

    public TimeSpan? Duration(Flag flag, TimeSpan? standard)
    {
        if (Text(flag) is not { } text)
            return standard;
        return Units.TryParseDuration(text, out TimeSpan duration, out _) ? duration : throw io.Wrong("wrong.duration", ("flag", flag.Name), ("value", text));
    }

    public SocketUri Endpoint(string text) =>
        SocketUri.TryParse(text, out SocketUri uri, out SocketUriError? error) ? uri : throw new UsageException(error.Describe(io.Language, text));

    /// <summary>Refuses <c>HOST PORT</c>, as nc is called, with the endpoint it means.</summary>
    /// <param name="words">What was typed, the host first.</param>
    /// <param name="verb">The words that come before it.</param>
    public void CheckHostAndPort(IReadOnlyList<string> words, string verb)
    {
        if (words is not [var host, var port, ..] || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0 || SocketUri.TryParse(host, out _, out _))
            return;
        string meant = $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{number.ToString(CultureInfo.InvariantCulture)}";
        if (SocketUri.TryParse(meant, out _, out _))
            throw io.Wrong("wrong.host-and-port", ("host", host), ("port", port), ("example", $"soket {verb} {meant}"));
    }

    private OptionResult? Result(Flag flag) => options.TryGetValue(flag, out Option<string[]>? option) && result.GetResult(option) is { Implicit: false } given ? given : null;

    private string? Variable(Flag flag) => io.Environment(flag.Variable) is { Length: > 0 } text ? text : null;
}
