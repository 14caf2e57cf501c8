using System.Text;
using Soket.RabbitMq.Internal;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>What a broker was given, until it is sure to be in the log.</summary>
public sealed class WaitingTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly Waiting _waiting = new(most: 4, mostBytes: 1000);

    public void Dispose() => _waiting.Dispose();

    [Fact]
    public async Task What_was_confirmed_and_did_not_come_out_of_a_lost_log_is_sent_again_first_and_in_order()
    {
        Add("a", "satu", "dua", "tiga");
        Add("b", "empat");
        await ConfirmAsync("satu", "dua");
        Read("a", "satu");
        await ConfirmAsync("tiga"); // is not read, nor is dua
        Again("a");
        Assert.Equal(["dua", "tiga", "empat"], await NextAsync(3));
        // The other log was not lost.
        Again("b");
        Assert.Equal(["dua", "tiga", "empat"], await NextAsync(3));
    }

    [Fact]
    public async Task On_each_connection_what_has_not_come_out_is_sent_again()
    {
        Add("a", "satu", "dua");
        Add("b", "tiga");
        Add("a", "empat");
        await ConfirmAsync("satu", "dua", "tiga");
        Read("a", "satu");
        _waiting.Begin();
        string[] again = await NextAsync(3);
        Assert.Equal(["dua", "empat"], again.Where(text => text is not "tiga")); // of each log in its order
        Assert.Contains("tiga", again);
    }

    [Fact]
    public async Task What_came_out_after_it_means_that_it_came_too()
    {
        Add("a", "satu", "dua", "tiga");
        await ConfirmAsync("satu", "dua", "tiga");
        Read("a", "lain"); // somebody else's
        Read("a", "dua");
        Again("a");
        Assert.Equal(["tiga"], await NextAsync(1));
    }

    [Fact]
    public async Task There_is_room_again_when_it_was_both_confirmed_and_read()
    {
        Add("a", "satu", "dua", "tiga", "empat");
        Assert.False(_waiting.TryAdd("a", Bytes("lima")));
        await ConfirmAsync("satu");
        Assert.False(_waiting.TryAdd("a", Bytes("lima")));
        Read("a", "satu");
        Add("a", "lima");
        Read("a", "dua"); // may come before it is confirmed
        Assert.False(_waiting.TryAdd("a", Bytes("enam")));
        await ConfirmAsync("dua");
        Add("a", "enam");
        await ConfirmAsync("tiga", "empat", "lima");
        Task empty = _waiting.EmptyAsync();
        Assert.False(empty.IsCompleted);
        await ConfirmAsync("enam");
        await empty.WaitAsync(SoketProcess.Patience, Token); // for the broker has it, whether it was read or not
    }

    [Fact]
    public async Task Of_two_records_that_are_the_same_each_has_its_place_until_it_has_come_back()
    {
        Add("a", "sama", "sama");
        await ConfirmAsync("sama", "sama");
        Add("b", "satu", "dua");
        Read("a", "sama");
        Add("b", "tiga");
        Assert.False(_waiting.TryAdd("b", Bytes("empat")));
        Read("a", "sama");
        Add("b", "empat");
    }

    [Fact]
    public async Task What_came_out_of_a_log_before_it_was_confirmed_is_not_sent_again_when_the_log_is_lost()
    {
        Add("a", "satu", "dua", "tiga", "empat");
        LinkedListNode<WaitingRecord> first = await _waiting.NextAsync(Token).WaitAsync(SoketProcess.Patience, Token);
        Read("a", "satu");
        Again("a");
        Assert.Equal(["dua"], await NextAsync(1));
        _waiting.Done(first); // the confirmation is late
        Add("a", "lima"); // its place is free
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Add(string log, params string[] texts) => Assert.All(texts, text => Assert.True(_waiting.TryAdd(log, Bytes(text))));

    private void Read(string log, string text) => _waiting.Read(log, WaitingRecord.KeyOf(Bytes(text)));

    private void Again(string log) => _waiting.Again(log);

    private async Task ConfirmAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            LinkedListNode<WaitingRecord> sent = await _waiting.NextAsync(Token).WaitAsync(SoketProcess.Patience, Token);
            Assert.Equal(text, Encoding.UTF8.GetString(sent.Value.Bytes.Span));
            _waiting.Done(sent);
        }
    }

    private async Task<string[]> NextAsync(int count)
    {
        var sent = new List<string>();
        for (int i = 0; i < count; i++)
            sent.Add(Encoding.UTF8.GetString((await _waiting.NextAsync(Token).WaitAsync(SoketProcess.Patience, Token)).Value.Bytes.Span));
        return [.. sent];
    }
}
