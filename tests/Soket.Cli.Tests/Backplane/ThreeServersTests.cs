using System.Diagnostics;
using Soket.Endpoints;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>Three servers of one chat as processes, on a RabbitMQ of their own, each behind a middleman that can cut it off.</summary>
public sealed class ThreeServersTests
{
    private const int People = 200;

    [Fact]
    public async Task Servers_are_killed_and_the_broker_is_cut_off_and_restarted_and_two_hundred_people_hear_everything_once_in_one_order()
    {
        long started = Stopwatch.GetTimestamp();
        await using RabbitBroker broker = await RabbitBroker.StartAsync();
        await using var chat = new Servers(broker, 3);
        await chat.BeginAsync();
        Talker[] people = [.. Enumerable.Range(0, People).Select(i => new Talker($"orang{i}", chat.Endpoints(i)))];
        try
        {
            await Task.WhenAll(people.Select(one => one.EnteredAsync()));
            Report(started, $"{People} people on {chat.Count} servers");
            var crowd = new Crowd(people);

            await crowd.TalkAsync("tenang", () => Task.CompletedTask);
            Report(started, "said in peace");

            // One server is cut off from the broker, and its people know it; the others go on.
            await crowd.TalkAsync("putus", async () =>
            {
                chat.Lines[0].Cut();
                await chat.NoticeAsync(0, "backplane-paused");
                chat.Lines[0].Mend();
                await chat.NoticeAsync(0, "backplane-resumed");
            });
            Report(started, "said while one server was cut off");

            // One server is killed; its people go on at the others.
            await crowd.TalkAsync("mati", () => chat.KillAsync(1));
            await chat.BeginAsync(1);
            Report(started, "said while one server was killed");

            // The broker is killed and comes back.
            await crowd.TalkAsync("broker", async () =>
            {
                await broker.KillAsync();
                await Task.WhenAll(people.Select(one => one.PausedAsync(1)));
                await broker.BeginAsync();
            });
            Report(started, "said while the broker was restarted");

            // Nothing comes through to one server for a while, another one is killed meanwhile.
            await crowd.TalkAsync("macet", async () =>
            {
                chat.Lines[2].Stall();
                await chat.KillAsync(0);
                await chat.BeginAsync(0);
                chat.Lines[2].Mend();
            });
            Report(started, "said while one server was stalled and another one killed");

            try
            {
                await Task.WhenAll(people.Select(one => one.HeardAsync(crowd.Said)));
            }
            catch (TimeoutException e)
            {
                Assert.Fail($"{e.Message}\n{string.Join("\n", people.GroupBy(one => (one.At, one.Heard.Count)).Select(some => $"{some.Count()} at {some.Key.At} heard {some.Key.Count}"))}");
            }

            crowd.AssertHeard();
            foreach (Talker one in people.DistinctBy(one => Array.IndexOf(people, one) % 3))
                Assert.Equal($"{People}", await one.WhoAsync());
            Report(started, crowd.Counts(chat));
        }
        finally
        {
            await Task.WhenAll(people.Select(one => one.DisposeAsync().AsTask()));
        }
    }

    private static void Report(long started, string what) => TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,5:0.0} s  {what}");

    // The people, what they have said, and what they must have heard.
    private sealed class Crowd(Talker[] people)
    {
        private const int Each = 2;

        public int Said { get; private set; }

        /// <summary>Everybody says something while something happens; ends when all of it is over and acknowledged.</summary>
        public async Task TalkAsync(string word, Func<Task> meanwhile)
        {
            Task happening = meanwhile();
            for (int n = 0; n < Each; n++)
                await Task.WhenAll(people.Select((one, i) => one.SayAsync($"{word}-{i}-{n}")));
            await happening;
            await Task.WhenAll(people.Select(one => one.AcknowledgedAsync()));
            Said += people.Length * Each;
        }

        public void AssertHeard()
        {
            Assert.All(people, one => Assert.True(one.Surprises.Count == 0, $"{one.Name}: {string.Join("; ", one.Surprises)}"));
            IReadOnlyList<(long Number, string From, string Text)> first = people[0].Heard;
            Assert.Equal(Said, first.Count);
            Assert.Equal(Said, first.Select(message => message.Text).Distinct().Count());
            Assert.All(people, one => Assert.Equal(first, one.Heard));
            // What one has said stands in the order in which he said it.
            foreach (IGrouping<string, (long Number, string From, string Text)> own in first.GroupBy(message => message.From))
                Assert.All(own.GroupBy(message => message.Text.Split('-')[0]), word => Assert.Equal(word.Order(Comparer<(long Number, string From, string Text)>.Create((a, b) => string.CompareOrdinal(a.Text, b.Text))), word));
        }

        public string Counts(Servers chat) =>
            $"{Said} messages acknowledged, {people.Sum(one => one.Heard.Count)} heard by {people.Length} people, each once and in one order; "
            + $"{people.Sum(one => one.Returns)} returns, {people.Sum(one => one.Pauses)} notices of a pause, {chat.Kills} servers killed";
    }
}
