using System.Globalization;
using System.Net;
using Soket.Explain;
using Soket.Languages;

namespace Soket.Events;

/// <summary>A call as a C programmer would write it, in two parts: <c>send(5)</c> and <c>= 5</c>. Pure.</summary>
public static class CallText
{
    private static readonly Texts Words = Texts.Load(typeof(CallText).Assembly, "events");

    /// <summary>The call with its arguments; empty for what is no call.</summary>
    /// <param name="e">The call.</param>
    /// <param name="language">The language of the few words in it.</param>
    public static string Call(in SocketEvent e, Language language)
    {
        string name = e.Call.Name();
        return e.Call switch
        {
            SocketCall.None or SocketCall.Message => "",
            SocketCall.Socket => $"{name}({Value(e)})",
            SocketCall.Resolve => $"{name}({ResolvedName(e)})",
            SocketCall.SetOption when e.Option is not null => $"{name}({e.Option}, {Value(e)})",
            SocketCall.GetOption when e.Option is not null => $"{name}({e.Option})",
            SocketCall.SetOption or SocketCall.GetOption => $"{name}({FailedOption(e)})",
            SocketCall.Bind => $"{name}({Address(e.Local ?? e.Failure?.Context.Local, language)})",
            SocketCall.Listen => $"{name}({Value(e).Replace("backlog ", "", StringComparison.Ordinal)})",
            SocketCall.Connect => $"{name}({Address(e.Remote ?? e.Failure?.Context.Remote, language)})",
            SocketCall.SendTo => $"{name}({Amount(e)}, {Address(e.Remote ?? e.Failure?.Context.Remote, language)})",
            SocketCall.Send or SocketCall.Receive or SocketCall.ReceiveFrom => $"{name}({Amount(e)})",
            SocketCall.Shutdown => $"{name}(SHUT_WR)",
            SocketCall.TlsHandshake or SocketCall.WebSocketHandshake or SocketCall.ProxyHandshake or SocketCall.StartTls or SocketCall.Http => name,
            SocketCall.SendFrame or SocketCall.ReceiveFrame => $"{name}({Value(e)}{(e.Moved >= 0 ? ", " : "")}{Amount(e)})",
            _ => $"{name}()",
        };
    }

    /// <summary>What it returned, <c>= 5</c>; empty where there is nothing to say.</summary>
    /// <param name="e">The call.</param>
    /// <param name="language">The language of the few words in it.</param>
    public static string Result(in SocketEvent e, Language language)
    {
        if (e.Failure is { } failure)
            return e.Call == SocketCall.Resolve ? $"= {failure.Error.Name}" : $"= -1 {Error(failure)}";
        return e.Call switch
        {
            SocketCall.None or SocketCall.Message or SocketCall.Abort => "",
            SocketCall.Socket => "",
            SocketCall.SetOption => "",
            SocketCall.GetOption => $"= {Value(e)}",
            SocketCall.Resolve => $"= {ResolvedAddresses(e)}",
            SocketCall.Accept => $"= {(e.Remote is null ? Unnamed(language) : Address(e.Remote, language))}",
            SocketCall.TlsHandshake => $"= {TlsVersion(e)}",
            SocketCall.WebSocketHandshake or SocketCall.Http => $"= {Value(e)}",
            SocketCall.ProxyHandshake or SocketCall.StartTls => $"{Value(e)}",
            SocketCall.SendFrame or SocketCall.ReceiveFrame => "",
            _ when e.Moved >= 0 => $"= {Number(e.Moved)}",
            _ => "= 0",
        };
    }

    /// <summary>The error as a C programmer sees it: <c>ECONNREFUSED (111)</c>.</summary>
    /// <param name="failure">The failure.</param>
    public static string Error(SocketFailure failure) =>
        failure.Error.Number is { } number ? $"{TerminalText.Safe(failure.Error.Name)} ({Number(number)})" : TerminalText.Safe(failure.Error.Name);

    /// <summary>An address without what carries it: <c>127.0.0.1:8080</c>, a path; empty for null.</summary>
    /// <param name="address">The address.</param>
    /// <param name="language">The language that says of a Unix socket that it has no name.</param>
    public static string Address(EndPoint? address, Language language)
    {
        string? text = address?.ToString();
        return text is { Length: > 0 } ? TerminalText.Safe(text) : address is null ? "" : Unnamed(language);
    }

    /// <summary>The version and cipher suite as their RFCs write them: <c>TLS 1.3 TLS_AES_256_GCM_SHA384</c>.</summary>
    /// <param name="e">The handshake.</param>
    public static string TlsVersion(in SocketEvent e)
    {
        string value = Value(e);
        foreach ((string name, string written) in (ReadOnlySpan<(string, string)>)[("TLSv1.3", "TLS 1.3"), ("TLSv1.2", "TLS 1.2"), ("Tls13", "TLS 1.3"), ("Tls12", "TLS 1.2"), ("Tls11", "TLS 1.1"), ("Tls10", "TLS 1.0"), ("Tls", "TLS 1.0")])
        {
            if (value == name || value.StartsWith(name + " ", StringComparison.Ordinal))
                return written + value[name.Length..];
        }

        return value;
    }

    /// <summary>What stands for a Unix socket without a name.</summary>
    /// <param name="language">The language.</param>
    public static string Unnamed(Language language) => Words.Get(language, "unnamed");

    /// <summary>A number, the same in every language.</summary>
    /// <param name="number">The number.</param>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The call's value, fit for a terminal; empty where it has none.</summary>
    /// <param name="e">The call.</param>
    public static string Value(in SocketEvent e) => TerminalText.Safe(e.Value ?? "");

    private static string Amount(in SocketEvent e) => e.Requested >= 0 ? Number(e.Requested) : "";

    private static string FailedOption(in SocketEvent e) =>
        e.Failure?.Context.Facts is { } facts && facts.TryGetValue("option", out string? option)
            ? TerminalText.Safe(facts.TryGetValue("value", out string? value) ? $"{option}, {value}" : option)
            : "";

    private static string ResolvedName(in SocketEvent e) =>
        e.Value?.Split(" = ", 2) is [{ } name, _] ? TerminalText.Safe(name) : TerminalText.Safe(e.Failure?.Context.Host ?? "");

    private static string ResolvedAddresses(in SocketEvent e) => e.Value?.Split(" = ", 2) is [_, { } addresses] ? TerminalText.Safe(addresses) : Value(e);
}
