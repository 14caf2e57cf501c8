namespace Soket.Chat;

/// <summary>What a program asks of a chat, one JSON object a line.</summary>
public abstract record ChatRequest;

/// <summary>It comes in: <c>hello</c>.</summary>
/// <param name="Hello">What it brings along.</param>
public sealed record ChatHelloRequest(ChatHello Hello) : ChatRequest;

/// <summary>It says something in a room: <c>say</c>.</summary>
/// <param name="Room">Where; null for the current room.</param>
/// <param name="Text">What.</param>
/// <param name="IsAction">Whether it is done rather than said.</param>
/// <param name="Id">Its count in the session, 0 for none.</param>
public sealed record ChatSayRequest(string? Room, string Text, bool IsAction, long Id) : ChatRequest;

/// <summary>It says something to one alone: <c>private</c>.</summary>
/// <param name="To">To whom.</param>
/// <param name="Text">What.</param>
/// <param name="Id">Its count in the session, 0 for none.</param>
public sealed record ChatWhisperRequest(string To, string Text, long Id) : ChatRequest;

/// <summary>A line as a person types it, commands included: <c>line</c>.</summary>
/// <param name="Text">The line.</param>
public sealed record ChatLineRequest(string Text) : ChatRequest;

/// <summary>It asks whether anybody is there: <c>ping</c>.</summary>
public sealed record ChatPingRequest : ChatRequest;
