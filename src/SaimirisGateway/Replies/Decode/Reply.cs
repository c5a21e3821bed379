using System.Runtime.CompilerServices;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Decode;

/// <summary>One reply, with the schema's field names. A body has one instance, and decodes each record into it.</summary>
internal sealed class Reply
{
    public const int MaxLabels = 64;
    public const int MaxMeasurementIdBytes = 64;

    public ulong TimeReceivedNs;
    public Ipv6Address ReplySrcAddr;
    public Ipv6Address ReplyDstAddr;
    public Ipv6Address ProbeSrcAddr;
    public Ipv6Address ProbeDstAddr;
    public ushort ReplyId;
    public ushort ReplySize;
    public byte ReplyTtl;
    public byte ReplyQuotedTtl;
    public byte ReplyProtocol;
    public byte ReplyIcmpType;
    public byte ReplyIcmpCode;
    public byte ProbeTtl;
    public byte ProbeProtocol;
    public ushort ProbeId;
    public ushort ProbeSize;
    public ushort ProbeSrcPort;
    public ushort ProbeDstPort;
    public ushort Rtt;
    public uint RttMicros;

    /// <summary>The probe's Identification is the one that caracal computes from its fields and the sender's caracal-id.</summary>
    public bool IsVerified;

    /// <summary>RFC 3032 2.1: label(20) traffic class(3) bottom of stack(1) TTL(8); the first <see cref="LabelCount"/>.</summary>
    public LabelStack Labels;

    public int LabelCount;

    private readonly byte[] _measurementId = new byte[MaxMeasurementIdBytes];
    private int _measurementIdLength;

    /// <summary>UTF-8, at most <see cref="MaxMeasurementIdBytes"/>.</summary>
    public ReadOnlySpan<byte> MeasurementId
    {
        get => _measurementId.AsSpan(0, _measurementIdLength);
        set
        {
            value.CopyTo(_measurementId);
            _measurementIdLength = value.Length;
        }
    }

    [InlineArray(MaxLabels)]
    internal struct LabelStack
    {
        private uint _first;
    }
}
