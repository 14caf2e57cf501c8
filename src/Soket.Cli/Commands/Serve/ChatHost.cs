using System.Security.Cryptography.X509Certificates;
using Soket.Chat;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Chat;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Events;
using Soket.Hosting;
using Soket.RabbitMq;
using Soket.Services;

namespace Soket.Cli.Commands.Serve;

/// <summary>A chat that is served: its rooms, what is told of them, and the operator's seat where somebody sits at the server.</summary>
internal sealed class ChatHost : IAsyncDisposable
{
    // Clients of ours come back after this when the server drains.
    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(1);

    // As long the log of the rooms may take at the start.
    private static readonly TimeSpan BackplanePatience = TimeSpan.FromSeconds(30);

    private readonly ChatHallOptions _options;
    private readonly ChatHall _hall;
    private readonly bool _isOperator;
    private readonly bool _json;
    private readonly bool _quiet;
    private readonly CliIo _io;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _asked = new(); // the operator has ended it
    private readonly TerminalView? _terminal;
    private PlainView? _plain;
    private ChatMember? _seat;
    private Task _hearing = Task.CompletedTask;
    private Task _typing = Task.CompletedTask;
    private readonly BrokerAddress? _broker;
    private volatile string _interruption = "";
    private volatile Screen? _screen;
    private volatile JsonLinesObserver? _records;

    private ChatHost(ChatHallOptions options, BrokerAddress? broker, bool isOperator, bool hasPage, CliIo io, bool json, bool quiet)
    {
        (_isOperator, HasPage, _io, _json, _quiet) = (isOperator, hasPage, io, json, quiet);
        (_options, _broker) = (options, broker);
        _hall = new ChatHall(options with { Heard = Heard, NotKept = NotKept, Warned = Warned, Interrupted = Interrupted });
        if (isOperator && !json && io.InIsTerminal && io.OutIsTerminal && io.Rewrites)
            _terminal = new TerminalView(io, quiet, Candidates);
    }

    /// <summary>Makes the rooms; where they are shared with other servers, when the broker was reached and they are known.</summary>
    public static async Task<ChatHost> BeginAsync(ChatHallOptions options, RabbitBackplaneOptions? shared, bool isOperator, bool hasPage, CliIo io, bool json, bool quiet, CancellationToken cancellationToken)
    {
        if (shared is null)
            return new ChatHost(options, null, isOperator, hasPage, io, json, quiet);
        RabbitBackplane backplane;
        try
        {
            backplane = await RabbitBackplane.ConnectAsync(shared, cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerRefusal refusal)
        {
            throw Refused(refusal, shared.Broker, io);
        }

        var host = new ChatHost(options with { Backplane = backplane }, shared.Broker, isOperator, hasPage, io, json, quiet);
        try
        {
            await host._hall.ReadyAsync(cancellationToken).WaitAsync(BackplanePatience, cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch (Exception e)
        {
            string last = host._interruption;
            await host.DisposeAsync().ConfigureAwait(false);
            if (e is TimeoutException)
                throw io.Wrong("chat.wrong.broker-protocol", ("broker", shared.Broker), ("error", TerminalText.Safe(last)));
            throw;
        }
    }

    public bool IsOperator => _isOperator;

    /// <summary>Whether browsers get a page where its WebSocket is.</summary>
    public bool HasPage { get; }

    public bool HasToken => _options.Token is not null;

    /// <summary>How much was said so far: what counts as a message of this service.</summary>
    public long Said => _hall.SaidCount;

    /// <summary>How many bytes of datagrams came and went.</summary>
    public (long Received, long Sent) DatagramBytes => _hall.DatagramBytes;

    /// <summary>Names that the page may be asked for by, beside addresses; written before it is served.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Whether keys are read one by one.</summary>
    public bool ReadsKeys => _terminal is not null;

    /// <summary>Where the server's own lines go, when a line is typed below them.</summary>
    public TextWriter? Above => _io.ErrorIsTerminal ? _terminal : null;

    /// <summary>Fires when the operator ends it.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <summary>Stands before the logs where secrets are sent: tokens, and with rooms the sessions'; null in the chat of two without a token, where none are.</summary>
    public Func<ISocketObserver, ISocketObserver>? Cover => _isOperator && _options.Token is null && _options.OperatorToken is null ? null : static sink => new ChatSecret.Cover(sink);

    public SocketService CreateService(ServerLimits limits) =>
        ChatService.Create(_hall, new ChatServiceOptions { Language = _io.Language, IsQuiet = _isOperator, Admits = limits.Admits, Page = HasPage ? new ChatPageOptions { Hosts = Names } : null });

    /// <summary>By which names its page may be asked for: those of the certificate, and this machine's own where others may come.</summary>
    public void Call(IReadOnlyList<SocketUri> endpoints, X509Certificate2? certificate)
    {
        if (!HasPage || endpoints.All(endpoint => ServePlaces.IsLoopback(endpoint.Host)))
            return;
        Names.AddRange([Environment.MachineName, Environment.MachineName + ".local"]);
        if (certificate is not null)
            Names.AddRange(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()));
    }

    /// <summary>What was found in the history, said before anybody comes.</summary>
    public void Begin(Screen screen, JsonLinesObserver? records)
    {
        (_screen, _records) = (screen, records);
        if (_broker is not null)
            Notice("backplane", _io.Text("chat.backplane", ("broker", _broker)), 0);
        if (_options.History is { CutOff: > 0 } torn)
            Notice("history-cut-off", _io.Text("chat.history-cut-off", ("count", torn.CutOff)), torn.CutOff);
        if (_options.History is { Damaged: > 0 } damaged)
            Notice("history-damaged", _io.Text("chat.history-damaged", ("count", damaged.Damaged)), damaged.Damaged);
        if (!_isOperator)
            return;
        _seat = _hall.Enter(new ChatHello { Name = "operator", IsOperator = true });
        if (!_json && _terminal is null)
            _plain = new PlainView(_io, screen, _quiet);
        _terminal?.Begin();
        _hearing = HearAsync(_seat!);
        _typing = TypeAsync(_seat!);
    }

    /// <summary>Everybody is told to come back in a moment.</summary>
    public void Drain() => _hall.Drain(ComeBack);

    /// <summary>The operator's seat is empty: what is said from now on is not heard.</summary>
    public async Task EndAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_hearing, _typing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_plain is not null)
            await _plain.FlushAsync().ConfigureAwait(false);
        if (_terminal is not null)
            await _terminal.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        if (_plain is not null)
            await _plain.DisposeAsync().ConfigureAwait(false);
        _hall.Dispose();
        if (_options.Backplane is not null)
            await _options.Backplane.DisposeAsync().ConfigureAwait(false);
        _over.Dispose();
        _asked.Dispose();
    }

    // Under the hall's lock: both only put it into a queue.
    private void Heard(ChatEntry entry)
    {
        if (_records is { } records)
            ChatShow.Record(records, entry);
        else if (!_isOperator && !_quiet && _screen is { } screen && !entry.IsSaid && ChatWords.Of(entry, _io.Language, null, "") is { } words)
            screen.Line(TerminalText.Safe(words));
    }

    private void Interrupted(string? reason)
    {
        _interruption = reason ?? "";
        Notice(reason is null ? "backplane-resumed" : "backplane-paused", _io.Text(reason is null ? "chat.backplane-resumed" : "chat.backplane-paused", ("broker", _broker), ("reason", TerminalText.Safe(reason ?? ""))), 0);
    }

    private static UsageException Refused(BrokerRefusal refusal, BrokerAddress broker, CliIo io) => io.Wrong(
        "chat.wrong.broker-" + refusal.Reason switch
        {
            BrokerRefusalReason.Login => "login",
            BrokerRefusalReason.VirtualHost => "vhost",
            BrokerRefusalReason.Permission => "permission",
            BrokerRefusalReason.Tls => "tls",
            _ => "protocol",
        },
        ("broker", broker),
        ("user", TerminalText.Safe(broker.User)),
        ("vhost", TerminalText.Safe(broker.VirtualHost)),
        ("error", TerminalText.Safe(refusal.Message)),
        ("flag", ChatFlags.BackplanePasswordFile.Name));

    private void NotKept(IOException e) => Notice("history-failed", _io.Text("chat.history-failed", ("error", TerminalText.Safe(e.Message))), 0);

    private void Warned(ChatNotice notice) => Notice(notice.Code, TerminalText.Safe(ChatWords.OfNotice(notice, _io.Language)), long.TryParse(notice.Values.FirstOrDefault(value => value.Name == "count").Value, System.Globalization.CultureInfo.InvariantCulture, out long count) ? count : 0);

    private void Notice(string key, string text, long count)
    {
        if (_records is { } records)
        {
            records.Write(writer =>
            {
                writer.WriteString("type", "notice");
                writer.WriteString("notice", key);
                writer.WriteNumber("count", count);
                writer.WriteString("text", text);
            });
        }
        else
        {
            _screen?.Line(text);
        }
    }

    private async Task HearAsync(ChatMember seat)
    {
        var show = new ChatShow(_terminal ?? (IChatView?)_plain, null, _io);
        var told = new List<ChatEvent>();
        while (told is not [.., ChatBye])
        {
            await seat.WaitAsync(_over.Token).ConfigureAwait(false);
            told.Clear();
            _hall.Take(seat, told);
            foreach (ChatEvent one in told)
            {
                // Who he is and where he sits goes without saying.
                if (!_json && one is not (ChatWelcome or ChatJoined or ChatBye))
                    await show.TellAsync(one, seat.Name, seat.Current, seat.RoomCount > 1).ConfigureAwait(false);
            }
        }
    }

    private async Task TypeAsync(ChatMember seat)
    {
        IChatView? view = _terminal ?? (IChatView?)_plain;
        IAsyncEnumerable<string> lines = view?.ReadAsync(_over.Token) ?? StdinAsync();
        await foreach (string line in lines.ConfigureAwait(false))
        {
            if (line.Trim().ToUpperInvariant() is "EXIT" or "QUIT" or "/QUIT")
            {
                await _asked.CancelAsync().ConfigureAwait(false);
                return;
            }

            _hall.Do(seat, line);
        }

        // A terminal's Ctrl-D ends it; a pipe that ends does not: the others go on.
        if (view is TerminalView || _io.InIsTerminal)
            await _asked.CancelAsync().ConfigureAwait(false);
    }

    private async IAsyncEnumerable<string> StdinAsync()
    {
        await foreach (byte[] line in _io.In.ReadLinesAsync(_over.Token).ConfigureAwait(false))
            yield return System.Text.Encoding.UTF8.GetString(line);
    }

    private IEnumerable<string> Candidates(string typed) => typed.StartsWith('/') ? ChatHall.CommandNames.Select(name => "/" + name) : _hall.Names;
}
