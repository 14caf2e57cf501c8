using System.Text;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Options;
using Soket.Cli.Commands.Options.Effects;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Languages;
using Soket.Options;

namespace Soket.Cli.Commands;

/// <summary><c>soket options [NAME[=VALUE]...] [ENDPOINT]</c>: lists socket options, explains one, shows its effect, sets and reads back on a live socket.</summary>
internal sealed class OptionsCommand : Verb
{
    private static readonly Positional What = new("NAME[=VALUE]|ENDPOINT", Many: true);
    private static readonly Flag Bind = new("--bind", FlagKind.Switch, "flags.where");
    private static readonly Flag ShowEffect = new("--effect", FlagKind.Switch, "flags.output");

    public override string Name => "options";

    public override string Group => "group.understand";

    public override IReadOnlyList<Positional> Positionals { get; } = [What];

    public override IReadOnlyList<Flag> Flags { get; } = [Bind, ShowEffect, CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        bool json = values.IsOn(CommonFlags.Json);
        if (values.IsOn(ShowEffect))
            return await ShowEffectsAsync(values.All(What), json, io, cancellationToken).ConfigureAwait(false);

        var names = new List<SocketOption>();
        var settings = new List<SocketOptionSetting>();
        SocketUri? endpoint = null;
        foreach (string word in values.All(What))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (SocketOptions.Find((equals < 0 ? word : word[..equals]).TrimStart('-')) is { } option)
            {
                if (equals < 0)
                    names.Add(option);
                else
                    settings.Add(OptionValues.Parse(option, option.Flag, word[(equals + 1)..], io));
            }
            else if (equals >= 0 || !word.AsSpan().ContainsAny(":/"))
            {
                throw Unknown(equals < 0 ? word : word[..equals], SocketOptions.All.SelectMany(known => (string[])[known.Flag, known.Name]), io);
            }
            else if (endpoint is not null)
            {
                throw io.Wrong("wrong.argument", ("word", TerminalText.Safe(word)));
            }
            else
            {
                endpoint = values.Endpoint(word);
            }
        }

        if (endpoint is { } place)
        {
            if (place.Scheme is SocketScheme.Ws or SocketScheme.Wss)
                throw io.Wrong("options.wrong.websocket", ("example", $"soket options tcp://{place.Host}:{place.Port}"));
            await LiveOptions.TellAsync(place, values.IsOn(Bind), names, settings, new OptionOutput(io, json), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        if (settings.Count > 0)
            throw io.Wrong("options.wrong.no-endpoint", ("example", $"soket options {settings[0].Option.Flag}={TerminalText.Safe(settings[0].ToString())} localhost:8080"));
        if (values.IsOn(Bind))
            throw io.Wrong("options.wrong.bind");
        var output = new OptionOutput(io, json);
        foreach (SocketOption option in names.Count > 0 ? names : SocketOptions.All)
        {
            if (json)
                output.Record(option);
            else if (names.Count > 0)
                output.Explain(option);
            else
                output.Line(option);
        }

        if (!json && names.Count == 0)
            output.More();
        return ExitCodes.Done;
    }

    private static async Task<int> ShowEffectsAsync(IReadOnlyList<string> words, bool json, CliIo io, CancellationToken cancellationToken)
    {
        string known = string.Join(", ", Effect.All.Select(effect => effect.Name));
        if (words.Count == 0)
            throw io.Wrong("options.wrong.which-effect", ("known", known));
        var chosen = new List<Effect>();
        foreach (string word in words)
        {
            string name = SocketOptions.Find(word.TrimStart('-'))?.Flag ?? word;
            if (Effect.All.FirstOrDefault(effect => effect.Name == name) is not { } found)
            {
                if (SocketOptions.Find(name) is null)
                    throw Unknown(word, Effect.All.Select(effect => effect.Name), io);
                throw io.Wrong("options.wrong.no-effect", ("name", name), ("known", known));
            }

            chosen.Add(found.IsHere ? found : throw io.Wrong("options.wrong.effect-not-here", ("name", name)));
        }

        foreach (Effect effect in chosen)
        {
            if (!json)
            {
                foreach (string line in TextWidth.Wrap(io.Text($"effect.{effect.Name}.about"), Math.Clamp(io.Width, 40, 100) - 1, indent: ""))
                    io.Out.Write(Encoding.UTF8.GetBytes(line + "\n"));
            }

            await effect.RunAsync(new EffectReport(io, effect.Name, json), cancellationToken).ConfigureAwait(false);
        }

        return ExitCodes.Done;
    }

    private static UsageException Unknown(string word, IEnumerable<string> known, CliIo io)
    {
        string? nearest = Nearest.Of(word, known);
        return io.Wrong(nearest is null ? "options.wrong.unknown" : "options.wrong.unknown-nearest", ("name", TerminalText.Safe(word)), ("nearest", nearest));
    }
}
