using Soket.Chat;
using Soket.Chat.Internal;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>What a client knows of its rooms.</summary>
public sealed class ChatPlacesTests
{
    // What was missed is told after who is there now: it must not take people away who have come back meanwhile.
    [Fact]
    public void Who_is_there_is_what_was_told_last_and_what_came_after_it()
    {
        var places = new ChatPlaces([]);
        places.Take(new ChatJoined("lobby", "", ["ani", "budi"], 5) { Count = 2 });
        places.Take(Entry(6, ChatEntryKind.Join, "citra"));
        Assert.Equal(["ani", "budi", "citra"], places.Names.Order());

        // The connection was lost after 6; budi went and came back, doni came.
        places.Take(new ChatJoined("lobby", "", ["ani", "budi", "citra", "doni"], 9) { Count = 4 });
        Assert.True(places.Take(Entry(7, ChatEntryKind.Leave, "budi")));
        Assert.True(places.Take(Entry(8, ChatEntryKind.Join, "budi")));
        Assert.True(places.Take(Entry(9, ChatEntryKind.Join, "doni")));
        Assert.Equal(["ani", "budi", "citra", "doni"], places.Names.Order());
        places.Take(new ChatJoined("lobby", "", ["ani", "budi"], 12) { Count = 2 });
        places.Take(Entry(11, ChatEntryKind.Join, "doni"));
        Assert.Equal(["ani", "budi"], places.Names.Order());
        places.Take(Entry(13, ChatEntryKind.Leave, "budi"));
        Assert.Equal(["ani"], places.Names);
    }

    [Fact]
    public void A_server_that_names_rooms_and_people_without_end_is_not_kept_in_whole()
    {
        var places = new ChatPlaces([]);
        for (int room = 0; room < 1_000; room++)
            places.Take(new ChatJoined($"room{room}", "", [.. Enumerable.Range(0, 100).Select(who => $"{room}-{who}"), new string('x', 65)], 0));
        Assert.Equal(256, places.Rooms.Count);
        Assert.Equal(20_000, places.Names.Count);
        Assert.DoesNotContain(new string('x', 65), places.Names);
    }

    private static ChatEntry Entry(long number, ChatEntryKind kind, string from) => new("lobby", number, DateTimeOffset.UnixEpoch, kind, from, "");
}
