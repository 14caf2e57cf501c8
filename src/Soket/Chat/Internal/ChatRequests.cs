namespace Soket.Chat.Internal;

/// <summary>What a program asks, done.</summary>
internal static class ChatRequests
{
    public static void Do(ChatHall hall, ChatMember member, ChatRequest request)
    {
        switch (request)
        {
            case ChatHelloRequest { Hello: var hello }:
                hall.Introduce(member, hello);
                break;
            case ChatSayRequest say:
                hall.Say(member, say.Room, say.Text, say.IsAction, say.Id);
                break;
            case ChatWhisperRequest whisper:
                hall.Whisper(member, whisper.To, whisper.Text, whisper.Id);
                break;
            case ChatLineRequest line:
                hall.Do(member, line.Text);
                break;
            case ChatPingRequest:
                hall.Pass(member, new ChatPong());
                break;
        }
    }
}
