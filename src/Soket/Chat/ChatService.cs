using Soket.Chat.Internal;
using Soket.Services;

namespace Soket.Chat;

/// <summary>A chat as a service: one hall on any endpoints, streams and datagrams alike.</summary>
public static class ChatService
{
    /// <summary>Its name.</summary>
    public const string Name = "chat";

    /// <summary>What the first line to a person begins with, in every language: a client knows by it whom it talks to.</summary>
    public const string Mark = "* soket chat";

    /// <summary>Makes the service.</summary>
    /// <param name="hall">The rooms; whoever made it disposes it.</param>
    /// <param name="options">How it is served.</param>
    public static SocketService Create(ChatHall hall, ChatServiceOptions? options = null)
    {
        options ??= new();
        return new SocketService
        {
            Name = Name,
            Stream = new ChatStreamHandler(hall, options),
            StreamIsText = true,
            NeverBlocks = !hall.WritesHistory,
            Datagrams = new ChatDatagrams(hall, options),
            Page = options.Page is { } page ? new ChatPage(page, options.Language) : null,
        };
    }
}
