using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Calls rd_kafka_test_fatal_error of rdkafka.h, the documented way to test what a program does after a fatal error.</summary>
internal static class FatalError
{
    public static void Provoke(nint client)
    {
        nint library = NativeLibrary.Load(Shared.Delivery.Kafka.Librdkafka.Path);
        nint function = NativeLibrary.GetExport(library, "rd_kafka_test_fatal_error");
        Marshal.GetDelegateForFunctionPointer<TestFatalError>(function)(client, (int)ErrorCode.OutOfOrderSequenceNumber, "provoked");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int TestFatalError(nint client, int error, [MarshalAs(UnmanagedType.LPUTF8Str)] string reason);
}
