// From a name to a page: a DNS query by hand over UDP, then a GET over TCP.  NameToPage NAME SERVER:PORT [HTTP-PORT]
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Protocols.Dns;
using Soket.Protocols.Dns.Records;
using Soket.Transports;

(string host, string server, string port) = (args[0], args[1], args.Length > 2 ? args[2] : "80");
byte[] query = [0xBE, 0xEF, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]; // the header: id, RD (ask further for me), one question
foreach (string label in host.Split('.'))
    query = [.. query, (byte)label.Length, .. Encoding.ASCII.GetBytes(label)];
query = [.. query, 0, 0, 1, 0, 1]; // no more labels; type A, class IN
string wrong = "No answer from the DNS server";
using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
try
{
    await using IDatagramSocket udp = await SocketClient.ConnectDatagramAsync(SocketUri.Parse($"udp://{server}"));
    await udp.SendAsync(query, null, patience.Token);
    byte[] room = new byte[512];
    ReceivedDatagram datagram = await udp.ReceiveAsync(room, patience.Token);
    wrong = $"No address found for {host}";
    if (!DnsMessage.TryParse(room.AsSpan(0, datagram.Length), out DnsMessage? reply, out _) || reply.Id != 0xBEEF || reply.Answers.Select(record => record.Data).OfType<AddressData>().FirstOrDefault() is not { } found)
        throw new IOException("the reply holds none");
    wrong = "The page was not retrieved";
    await using ConnectionContext tcp = await SocketClient.ConnectAsync(SocketUri.Parse($"tcp://{found.Address}:{port}"));
    await tcp.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    ReadResult page = await tcp.Transport.Input.ReadAtLeastAsync(64 * 1024); // until the server has closed, or that much
    Console.WriteLine(Encoding.UTF8.GetString(page.Buffer) is { Length: > 500 } text ? text[..500] : Encoding.UTF8.GetString(page.Buffer));
    return 0;
}
catch (Exception e) when (e is IOException or OperationCanceledException)
{
    await Console.Error.WriteLineAsync($"{wrong}: {e.Message}");
    return 1;
}
