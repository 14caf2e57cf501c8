using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Soket.Cli.Commands;
using Soket.Cli.Commands.Bench;
using Soket.Cli.Commands.Chat;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Cli.CommandLine;

/// <summary>From arguments to an exit code: the verbs on System.CommandLine's parser, errors in the person's language.</summary>
internal static class CommandLineApp
{
    public static IReadOnlyList<Verb> Verbs { get; } = [new ServeCommand(), new ConnectCommand(), new ListenCommand(), new ChatCommand(), new RelayCommand(), new FetchCommand(), new DnsCommand(), new ProbeCommand(), new BenchCommand(), new SocketsCommand(), new StatesCommand(), new TraceCommand(), new ExplainCommand(), new OptionsCommand(), new DemoCommand(), new SettingsCommand(), new CompletionsCommand(), new ManualCommand()];

    // .NET itself dies in the middle of things where it may open fewer: a thread of its own takes two, an assembly that is loaded one.
    private const int FewestOpenFiles = 192;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliIo io, CancellationToken cancellationToken)
    {
        args = args switch
        {
            ["help"] => [],
            ["help", ..] => [.. args.Skip(1).Take(1), "--help", .. args.Skip(2)],
            ["-V"] => ["--version"],
            ["explain", ..] when args.Any(IsNegative) && !args.Contains("--") => [.. args.Where(arg => !IsNegative(arg)), "--", .. args.Where(IsNegative)],
            _ => args,
        };
        bool json = args.TakeWhile(arg => arg != "--").Contains("--json");
        try
        {
            // What is wrong with the files is said in the language known without them.
            io.Language = ChooseLanguage(args, EffectiveSettings.None, io);
            io.Typed = new TypedCommand(
                io.Environment(TypedCommand.Variable) is { Length: > 0 } called ? TerminalText.Safe(called) : "soket",
                args,
                args.Select(arg => Verbs.FirstOrDefault(verb => verb.Name == arg)).FirstOrDefault(verb => verb is not null));
            if (Explainers.Here.OpenFileLimit is < FewestOpenFiles and long limit)
                return Told(io, json, "too-many-open-files", io.Text("wrong.open-files", ("limit", limit), ("needed", FewestOpenFiles)), ExitCodes.TooManyOpenFiles);
            EffectiveSettings settings = args is ["--version"] ? EffectiveSettings.None : EffectiveSettings.Load(Verbs, io);
            io.Language = ChooseLanguage(args, settings, io);
            return await ParseAndRunAsync(args, settings, io, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            return Told(io, json, "usage", e.Message, ExitCodes.Usage);
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            return await FailureView.TellAsync(failure, io, json).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (IOException e) when (StdoutStream.IsBrokenPipe(e))
        {
            return ExitCodes.BrokenOutput;
        }
        catch (OutputException e) when (e.File is { } file)
        {
            return Told(io, json, "output", io.Text("wrong.output-file", ("path", TerminalText.Safe(file)), ("error", FileTrouble.Of(e.InnerException ?? e, file, io))), ExitCodes.NotWritten);
        }
        catch (OutputException e)
        {
            // stdout itself may be what failed: the record, where one is wanted, would go nowhere.
            return Told(io, json: false, "output", io.Text("wrong.output", ("error", e.Message)), ExitCodes.NotWritten);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Told(io, json, "failure", e.Message, 1);
        }
    }

    private static async Task<int> ParseAndRunAsync(IReadOnlyList<string> args, EffectiveSettings settings, CliIo io, CancellationToken cancellationToken)
    {
        var root = new RootCommand { TreatUnmatchedTokensAsErrors = true };
        root.Options.Clear();
        root.Directives.Clear();
        var version = new Option<bool>("--version");
        root.Options.Add(version);
        Dictionary<Flag, Option<string[]>> everywhere = CommonFlags.Everywhere.ToDictionary(flag => flag, flag => flag.ToOption());
        foreach (Option<string[]> option in everywhere.Values)
        {
            option.Recursive = true;
            root.Options.Add(option);
        }

        var commands = new Dictionary<Command, Verb>();
        var options = new Dictionary<Flag, Option<string[]>>(everywhere);
        var arguments = new Dictionary<Positional, Argument<string[]>>();
        string? named = Named(args)?.Name;
        foreach (Verb verb in Verbs)
        {
            var command = new Command(verb.Name) { TreatUnmatchedTokensAsErrors = true };
            root.Subcommands.Add(command);
            commands[command] = verb;
            if (verb.Name != named)
                continue;
            foreach (Flag flag in verb.Flags)
                command.Options.Add(options[flag] = flag.ToOption());
            foreach (Positional positional in verb.Positionals)
            {
                command.Arguments.Add(arguments[positional] = new Argument<string[]>(positional.Name)
                {
                    Arity = positional.Many ? ArgumentArity.ZeroOrMore : ArgumentArity.ZeroOrOne,
                    CustomParser = static given => [.. given.Tokens.Select(token => token.Value)],
                });
            }
        }

        CheckSwitches(args, options.Keys.Concat(everywhere.Keys), io);
        // No response files: "@1.1.1.1" is a name server, and a file named so is nobody's arguments.
        ParseResult result = root.Parse(Flag.SpellOut(args, options.Keys.Where(flag => flag.Kind == FlagKind.OnOff).Select(flag => flag.Name).ToHashSet()), new ParserConfiguration { ResponseFileTokenReplacer = null });
        Verb? chosen = commands.GetValueOrDefault(result.CommandResult.Command);
        if (chosen is null)
        {
            if (result.GetValue(version))
            {
                await io.Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"soket {VersionText}\n"), cancellationToken).ConfigureAwait(false);
                return ExitCodes.Done;
            }

            if (result.UnmatchedTokens is [{ } unknown, ..])
                throw Unknown(unknown, "wrong.verb", Verbs.Select(verb => verb.Name).Concat(everywhere.Keys.Select(flag => flag.Name)).Append("--version"), io);
            CheckErrors(result, io);
            CheckValues(result, io);
            await io.Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes(RootScreen.Render(Verbs, io)), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        var values = new VerbValues(chosen, result, options, arguments, settings, io);
        try
        {
            return await RunVerbAsync(chosen, values, args, result, io, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException e) when (values.Origins(e.Message) is { Length: > 0 } origins)
        {
            throw new UsageException(e.Message + origins);
        }
    }

    private static async Task<int> RunVerbAsync(Verb chosen, VerbValues values, IReadOnlyList<string> args, ParseResult result, CliIo io, CancellationToken cancellationToken)
    {
        (io.ColourOut, io.ColourError) = (ChooseColour(values, io, io.OutIsTerminal), ChooseColour(values, io, io.ErrorIsTerminal));
        if (values.IsOn(CommonFlags.Help) || values.IsOn(CommonFlags.ShortHelp))
        {
            string help = values.IsOn(CommonFlags.Help) ? HelpScreen.Full(chosen, io) : HelpScreen.Short(chosen, io);
            await io.Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes(help), cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        if (result.UnmatchedTokens is [{ } extra, ..])
        {
            // The option may have been taken for the argument, and the argument be the one too many.
            string[] names = [.. chosen.Flags.Concat(CommonFlags.Everywhere).Select(flag => flag.Name)];
            string? unknown = null;
            foreach (string word in args.TakeWhile(word => word != "--").Where(word => word.StartsWith('-')))
            {
                if (chosen.Meant(word, io) is { } meant)
                    throw new UsageException(io.Text("wrong.flag", ("word", TerminalText.Safe(word))) + " " + meant);
                if (word.StartsWith("--", StringComparison.Ordinal) && !names.Contains(word.Split('=')[0]))
                    unknown ??= word;
            }

            throw Unknown(unknown ?? extra, (unknown ?? extra).StartsWith('-') ? "wrong.flag" : "wrong.argument", names, io);
        }

        CheckErrors(result, io);
        CheckValues(result, io);
        CheckOptionLike(chosen, values, args, io);
        if (chosen is not SettingsCommand)
        {
            foreach (SettingsFileState file in values.Settings.Files.Where(file => file.Ignored is not null))
                io.Error.WriteLine("soket: " + io.Text("settings.note-ignored", ("path", TerminalText.Safe(file.Path!)), ("reason", file.Ignored)));
        }

        return await chosen.RunAsync(values, io, cancellationToken).ConfigureAwait(false);
    }

    public static string VersionText { get; } = typeof(CommandLineApp).Assembly.GetName().Version!.ToString(3);

    // getaddrinfo's errors have such numbers.
    private static bool IsNegative(string arg) => arg is ['-', .. { Length: > 0 and < 6 } digits] && digits.All(char.IsAsciiDigit);

    // What stands behind a switch is no value of it, and must not become a message.
    private static void CheckSwitches(IReadOnlyList<string> args, IEnumerable<Flag> flags, CliIo io)
    {
        Dictionary<string, Flag> byName = flags.Where(flag => !flag.TakesValue).DistinctBy(flag => flag.Name).ToDictionary(flag => flag.Name, StringComparer.Ordinal);
        for (int i = 0; i < args.Count && args[i] != "--"; i++)
        {
            string[] parts = args[i].Split('=', 2);
            if (!byName.TryGetValue(parts[0], out Flag? flag))
                continue;
            if (flag.Kind == FlagKind.OnOff && parts.Length == 1 && i + 1 < args.Count && args[i + 1].ToUpperInvariant() is "YES" or "NO" or "TRUE" or "FALSE" or "1" or "0" or "YA" or "TIDAK")
                throw io.Wrong("wrong.on-off", ("flag", flag.Name), ("value", args[i + 1]));
            if (flag.Kind == FlagKind.Switch && parts.Length == 2)
                throw io.Wrong("wrong.switch-value", ("flag", flag.Name), ("value", TerminalText.Safe(parts[1])));
        }
    }

    // A mistyped flag must not be taken for a message or an endpoint; after "--" everything is one.
    private static void CheckOptionLike(Verb verb, VerbValues values, IReadOnlyList<string> args, CliIo io)
    {
        HashSet<string> afterDashes = [.. args.SkipWhile(arg => arg != "--").Skip(1)];
        if (verb.Positionals.FirstOrDefault(positional => positional.RefusesEmpty && values.All(positional).Contains("")) is { } said)
            throw io.Wrong("wrong.empty", ("name", HelpScreen.Placeholder(said.Name, io)));
        foreach (string word in verb.Positionals.SelectMany(values.All))
        {
            if (!word.StartsWith('-') || word.Length == 1 || afterDashes.Contains(word))
                continue;
            if (verb.Meant(word, io) is { } meant)
                throw new UsageException(io.Text("wrong.flag", ("word", TerminalText.Safe(word))) + " " + meant);
            throw Unknown(word, "wrong.flag", verb.Flags.Concat(CommonFlags.Everywhere).Select(flag => flag.Name), io);
        }
    }

    private static void CheckErrors(ParseResult result, CliIo io)
    {
        foreach (ParseError error in result.Errors)
        {
            if (error.SymbolResult is OptionResult { Tokens.Count: 0 } option)
                throw io.Wrong("wrong.value-missing", ("flag", option.Option.Name));
            if (result.CommandResult.Command is not RootCommand)
                throw new UsageException(error.Message);
        }
    }

    // "--lang id --lang": the parser is content, since one of them has a value.
    private static void CheckValues(ParseResult result, CliIo io)
    {
        foreach (OptionResult option in result.CommandResult.Children.Concat(result.RootCommandResult.Children).OfType<OptionResult>())
        {
            if (option.Option.Arity.MinimumNumberOfValues > 0 && option.Tokens.Count < option.IdentifierTokenCount)
                throw io.Wrong("wrong.value-missing", ("flag", option.Option.Name));
        }
    }

    private static UsageException Unknown(string typed, string key, IEnumerable<string> known, CliIo io)
    {
        int equals = typed.IndexOf('=', StringComparison.Ordinal);
        string name = typed.StartsWith('-') && equals > 0 ? typed[..equals] : typed;
        string message = io.Text(key, ("word", TerminalText.Safe(name)));
        if (Nearest.Of(name, known) is { } nearest)
            message += " " + io.Text("wrong.nearest", ("word", nearest));
        return new UsageException(key == "wrong.verb" ? message + " " + io.Text("wrong.verb-list") : message);
    }

    private static Verb? Named(IReadOnlyList<string> args) => args.Select(arg => Verbs.FirstOrDefault(verb => verb.Name == arg)).FirstOrDefault(verb => verb is not null);

    private static Language ChooseLanguage(IReadOnlyList<string> args, EffectiveSettings settings, CliIo io)
    {
        string? asked = null;
        for (int i = 0; i < args.Count && args[i] != "--"; i++)
        {
            if (args[i] == CommonFlags.Language.Name && i + 1 < args.Count)
                asked = args[i + 1];
            else if (args[i].StartsWith("--lang=", StringComparison.Ordinal))
                asked = args[i]["--lang=".Length..];
        }

        SettingSource? source = null;
        if (asked is null && VerbValues.Preset(Named(args) ?? Verbs[0], CommonFlags.Language, settings, io) is { } preset)
            (asked, source) = (preset.Values[0], preset.Source);
        if (asked is null)
            return LanguageChoice.FromEnvironment();
        if (LanguageChoice.TryParse(asked, out Language language))
            return language;
        UsageException wrong = io.Wrong("wrong.language", ("value", TerminalText.Safe(asked)));
        throw source is null ? wrong : new UsageException($"{wrong.Message}\n  {io.Text("settings.origin", ("flag", CommonFlags.Language.Name), ("source", VerbValues.Describe(source, io)))}");
    }

    private static bool ChooseColour(VerbValues values, CliIo io, bool isTerminal) => values.Text(CommonFlags.Colour) switch
    {
        "always" => true,
        "never" => false,
        null or "auto" => isTerminal && io.Environment("NO_COLOR") is null or "" && io.Environment("TERM") != "dumb",
        { } other => throw io.Wrong("wrong.choice", ("flag", CommonFlags.Colour.Name), ("value", TerminalText.Safe(other)), ("choices", CommonFlags.Colour.Placeholder)),
    };

    private static int Told(CliIo io, bool json, string code, string message, int exitCode)
    {
        if (json)
        {
            using var writer = new Utf8JsonWriter(io.Out);
            writer.WriteStartObject();
            writer.WriteNumber("v", 1);
            writer.WriteString("type", "error");
            writer.WriteString("code", code);
            writer.WriteString("message", message);
            writer.WriteNumber("exit", exitCode);
            writer.WriteEndObject();
            writer.Flush();
            io.Out.Write("\n"u8);
        }
        else
        {
            foreach (string line in message.Split('\n').Select(TerminalText.Safe).SelectMany((line, i) => io.FitError(i == 0 ? "soket: " + line : line)))
                io.Error.WriteLine(line);
        }

        return exitCode;
    }
}
