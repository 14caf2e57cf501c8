using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using Soket.Chat;
using Soket.RabbitMq;
using Xunit;

namespace Soket.Cli.Tests.Backplane;

/// <summary>All the streams of a real RabbitMQ are deleted under a backplane that has much to say.</summary>
public sealed class LostLogsTests
{
    private const int Logs = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_all_logs_are_lost_at_once_each_begins_again_and_what_was_said_meanwhile_comes_out_of_it()
    {
        await using RabbitBroker broker = await RabbitBroker.StartAsync();
        Assert.True(BrokerAddress.TryParse($"amqp://127.0.0.1:{broker.Port.ToString(CultureInfo.InvariantCulture)}", out BrokerAddress? address));
        var options = new RabbitBackplaneOptions { Broker = address };
        await using RabbitBackplane backplane = await RabbitBackplane.ConnectAsync(options, Token);
        var listener = new Listener();
        backplane.Start(listener);
        string[] logs = [.. Enumerable.Range(0, Logs).Select(i => $"room.{i.ToString(CultureInfo.InvariantCulture)}")];
        foreach (string log in logs)
        {
            backplane.Follow(log);
            foreach (string record in new[] { "first", "second" })
                Assert.True(backplane.TryAppend(log, Encoding.UTF8.GetBytes(record + " of " + log)));
        }

        await listener.HeardAsync([.. logs.Select(log => $"{log} 1: second of {log}")]);

        await using (IConnection connection = await new ConnectionFactory { HostName = "127.0.0.1", Port = broker.Port }.CreateConnectionAsync(Token))
        await using (IChannel channel = await connection.CreateChannelAsync(cancellationToken: Token))
        {
            foreach (string log in logs)
                await channel.QueueDeleteAsync($"{options.Name}.{log}", cancellationToken: Token);
        }

        foreach (string log in logs)
            Assert.True(backplane.TryAppend(log, Encoding.UTF8.GetBytes("third of " + log)));
        await listener.HeardAsync([.. logs.Select(log => $"{log} 0: third of {log}")]);
        Assert.Equal(logs.Order(StringComparer.Ordinal), listener.Restarts.Order(StringComparer.Ordinal));
    }

    private sealed class Listener : IChatBackplaneListener
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _heard = new(StringComparer.Ordinal);

        public ConcurrentQueue<string> Restarts { get; } = [];

        private ConcurrentQueue<string> Told { get; } = [];

        /// <summary>Waits for records, each as its log, its place and its text.</summary>
        public async Task HeardAsync(string[] records)
        {
            try
            {
                await Task.WhenAll(records.Select(record => Of(record).Task)).WaitAsync(SoketProcess.Patience, Token);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"Missing: {string.Join("; ", records.Where(record => !Of(record).Task.IsCompleted))}\nTold: {string.Join("\n", Told)}");
            }
        }

        public void Appended(string log, long offset, ReadOnlyMemory<byte> record, bool isAfterGap)
        {
            string text = $"{log} {offset.ToString(CultureInfo.InvariantCulture)}: {Encoding.UTF8.GetString(record.Span)}{(isAfterGap ? ", after a gap" : "")}";
            Told.Enqueue(text);
            Of(text).TrySetResult();
        }

        public void Restarted(string log)
        {
            Told.Enqueue("restarted " + log);
            Restarts.Enqueue(log);
        }

        public void Noted(ReadOnlyMemory<byte> note) => Told.Enqueue("a note");

        public void Paused(string reason) => Told.Enqueue("paused: " + reason);

        public void Resumed() => Told.Enqueue("resumed");

        private TaskCompletionSource Of(string record) => _heard.GetOrAdd(record, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
