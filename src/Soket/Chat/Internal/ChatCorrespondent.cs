using System.Net;
using System.Text;

namespace Soket.Chat.Internal;

/// <summary>Somebody who takes part in datagrams. Under the endpoint's gate.</summary>
internal sealed class ChatCorrespondent
{
    private const int MostRecalled = 4 * 1024; // bytes of a plain program's /history

    private readonly ChatHall _hall;
    private readonly ChatServiceOptions _options;
    private readonly EndPoint _address;
    private readonly List<ReadOnlyMemory<byte>> _came = [];
    private readonly List<ChatEvent> _told = [];
    private ChatMember? _member;
    private ChatStyle _style;
    private readonly ChatAllowance? _allowance;
    private bool _endsLines;
    private int _heard;
    private bool _bye;
    private TimeSpan _byeAt;

    public ChatCorrespondent(ChatHall hall, ChatServiceOptions options, EndPoint address, NumberedLink? link)
    {
        (_hall, _options, _address, Link) = (hall, options, address, link);
        _style = link is not null ? ChatStyle.Json : options.IsQuiet ? ChatStyle.Quiet : ChatStyle.Text;
        if (link is not null)
            return;
        _allowance = new ChatAllowance(isProved: !options.IsQuiet);
        Enter(new ChatHello());
        if (_member is not null)
            _member.RecallBytes = MostRecalled;
    }

    /// <summary>The numbered conversation; null for a plain program.</summary>
    public NumberedLink? Link { get; }

    public TimeSpan Heard { get; set; }

    /// <summary>Whether one datagram is all that came, of an address that has not been asked for a code.</summary>
    public bool SpokeOnce => _options.IsQuiet && _heard <= 1;

    /// <summary>Whether there is nothing more to send or to wait for.</summary>
    public bool IsOver { get; private set; }

    public string Reason { get; private set; } = "lost";

    /// <summary>Takes a numbered datagram, and gives what is to be answered at once.</summary>
    public IReadOnlyList<byte[]> Receive(NumberedDatagram datagram)
    {
        // As on a stream: a line that is too long is not kept, and ends it.
        if (datagram.Payload.Length > _hall.Limits.MaxLine)
        {
            if (_member is null)
                IsOver = true;
            else if (!_bye)
                _hall.Pass(_member, new ChatBye("line", null));
            return [];
        }

        _came.Clear();
        bool answers = Link!.Receive(datagram, _came);
        foreach (ReadOnlyMemory<byte> line in _came)
        {
            if (!ChatJson.TryReadRequest(line, out ChatRequest? request))
                IsOver |= _member is null; // nothing is kept of who does not begin with a request: nobody would count him
            else if (_member is null)
                Enter(request is ChatHelloRequest hello ? hello.Hello : new ChatHello());
            else
                ChatRequests.Do(_hall, _member, request);
        }

        return answers ? [Link.Ack()] : [];
    }

    /// <summary>Takes a plain program's datagram: it is a message, but for the code that shows its address. Who ends lines gets lines that end.</summary>
    public void Hear(ReadOnlySpan<byte> datagram, bool isMessage)
    {
        _allowance!.Came(datagram.Length);
        _heard++;
        _endsLines |= datagram.EndsWith((byte)'\n');
        if (_member is null || !isMessage)
            return;
        string text = Encoding.UTF8.GetString(datagram).Trim();
        if (datagram.Length > _hall.Limits.MaxLine)
            _hall.Pass(_member, new ChatNotice("too-long", ("most", $"{_hall.Limits.MaxText}")) { IsError = true });
        else if (text.ToUpperInvariant() is "EXIT" or "QUIT")
            _hall.Pass(_member, new ChatBye("quit", null));
        else
            _hall.Do(_member, text);
    }

    /// <summary>The datagrams to send now: new ones as far as there is room, and those that are to be sent again.</summary>
    public IReadOnlyList<byte[]> Speak(TimeSpan now)
    {
        var datagrams = new List<byte[]>();
        if (_member is null)
            return datagrams;
        while (!_bye && (Link?.HasRoom ?? datagrams.Count == 0))
        {
            _told.Clear();
            _hall.Take(_member, _told, Link is null ? 256 : 1);
            if (_told.Count == 0)
                break;
            foreach (ChatEvent one in _told)
            {
                if (ChatVoice.Of(one, _style, _options.Language, _member) is { } said)
                {
                    if (Link is not null)
                        datagrams.Add(Link.Send(said, now));
                    else if (_allowance!.Takes(one, _member.Name, said.Length + 1, now))
                        datagrams.Add(Ended(said));
                    else if (_allowance.TellsLeftOut())
                        datagrams.Add(Ended(ChatVoice.Of(new ChatNotice("left-out"), _style, _options.Language, _member)!));
                }

                if (one is ChatBye bye)
                    (_bye, _byeAt, Reason) = (true, now, bye.Reason);
            }
        }

        datagrams.AddRange(Link?.Due(now) ?? []);
        if (Link?.IsDead(now) == true)
            IsOver = true;
        if (_bye && (Link is null || Link.IsIdle || now - _byeAt > TimeSpan.FromSeconds(2)))
            IsOver = true;
        return datagrams;
    }

    public void CheckSilence(TimeSpan now)
    {
        if (_member is null)
            return;
        if (!_bye && now - Heard > _hall.Limits.DatagramSilence)
            _hall.Pass(_member, new ChatBye("idle", null));
        // Who acknowledges a datagram now and then, and lets too much wait.
        if (Link is { HasRoom: false } && _hall.IsOverdue(_member))
            (IsOver, Reason) = (true, "slow");
    }

    public void Leave(string reason)
    {
        if (_member is not null)
            _hall.Leave(_member, reason);
    }

    private byte[] Ended(byte[] said) => _endsLines ? [.. said, (byte)'\n'] : said;

    private void Enter(ChatHello hello)
    {
        _member = _hall.Enter(hello with { Address = _address.ToString() ?? "" });
        if (_member is null)
        {
            IsOver = true;
        }
        else if (_style == ChatStyle.Text)
        {
            _hall.Pass(_member, new ChatNotice("greeting"));
            _hall.Pass(_member, new ChatNotice("greeting-datagrams"));
        }
    }
}
