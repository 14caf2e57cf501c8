using System.Text;
using Soket.RabbitMq.Internal;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>What a chat's server has given to a log: each record has its place until it has come back, also one that is the same as another, and is told once.</summary>
public sealed class LostLogTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly Waiting _waiting = new(most: 2, mostBytes: 1000);

    public void Dispose() => _waiting.Dispose();

    [Fact]
    public async Task Of_two_records_that_are_the_same_each_has_its_place_until_it_has_come_back()
    {
        for (int i = 0; i < 2; i++)
        {
            Assert.True(_waiting.TryAdd("a", Bytes("sama")));
            _waiting.Done(await NextAsync());
        }

        Read("sama");
        Assert.True(_waiting.TryAdd("b", Bytes("lain")));
        Assert.False(_waiting.TryAdd("b", Bytes("satu lagi")));
        Read("sama");
        Assert.True(_waiting.TryAdd("b", Bytes("satu lagi")));
    }

    [Fact]
    public async Task What_came_out_of_a_log_before_it_was_confirmed_is_not_sent_again_when_the_log_is_lost()
    {
        Assert.True(_waiting.TryAdd("a", Bytes("satu")));
        Assert.True(_waiting.TryAdd("a", Bytes("dua")));
        LinkedListNode<WaitingRecord> first = await NextAsync();
        Read("satu");
        _waiting.Again("a");
        Assert.Equal("dua", Encoding.UTF8.GetString((await NextAsync()).Value.Bytes.Span));
        _waiting.Done(first); // the confirmation is late
        Assert.True(_waiting.TryAdd("a", Bytes("tiga"))); // its place is free
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Read(string text) => _waiting.Read("a", WaitingRecord.KeyOf(Bytes(text)));

    private Task<LinkedListNode<WaitingRecord>> NextAsync() => _waiting.NextAsync(Token).WaitAsync(SoketProcess.Patience, Token);
}
