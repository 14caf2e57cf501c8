using System.Net;
using System.Text;
using Soket.Linux.Engine.Datagrams;
using Soket.Linux.Native;
using Xunit;

namespace Soket.Linux.Tests.Engine.Datagrams;

/// <summary>Whom a datagram comes from, by the bytes of the kernel.</summary>
public sealed unsafe class SenderNamesTests
{
    [Theory]
    [InlineData(16, "/tmp/sender-1", "/tmp/sender-2")]
    [InlineData(28, "/r-01/long-name-of-sender", "/r-02/long-name-of-sender")]
    public void Paths_as_long_as_an_internet_address_stay_apart(int length, string one, string other)
    {
        var names = new SenderNames();
        foreach (string path in (string[])[one, other, one])
        {
            byte[] name = [.. BitConverter.GetBytes((ushort)LibC.UnixFamily), .. Encoding.ASCII.GetBytes(path), 0];
            Assert.Equal(length, name.Length);
            fixed (byte* place = name)
            {
                Assert.Equal(path, names.Find(place, name.Length)?.ToString());
            }
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void An_internet_sender_is_one_object_each_time(string address)
    {
        var names = new SenderNames();
        var endpoint = new IPEndPoint(IPAddress.Parse(address), 4711);
        var serialized = endpoint.Serialize();
        byte[] name = serialized.Buffer.Span[..serialized.Size].ToArray();
        fixed (byte* place = name)
        {
            EndPoint? first = names.Find(place, name.Length);
            Assert.Equal(endpoint, first);
            Assert.Same(first, names.Find(place, name.Length));
        }
    }
}
